-- What signers are told of the account that asks them, on pages and in messages.
create table account_details (
  service text primary key references services on delete cascade,
  -- as people know it; null: the name of the account
  display_name text,
  contact text,
  privacy_url text,
  terms_url text,
  -- SHA-256, hex, of the logo: its address
  logo_sha256 text,
  logo_type text,
  logo bytea,
  changed_at timestamptz not null
);
create index account_details_logo on account_details (logo_sha256);
