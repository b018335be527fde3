-- Which template of signature pages an account's PDFs get, in place of the one that the packaging method names.
create table service_templates (
  service text not null references services on delete cascade,
  -- name of a packaging method; empty: all that make PDFs
  method text not null default '',
  template text not null,
  changed_at timestamptz not null,
  primary key (service, method)
);
