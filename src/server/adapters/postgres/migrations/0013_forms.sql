-- What a signer filled in in a visit, and the document that was made from it. It is personal data: it goes with the visit.
create table filled_forms (
  session_ref text not null references sessions on delete cascade,
  document_id text not null,
  -- of the document made from it
  sha256 text not null,
  size bigint not null,
  -- every field with its values: [{"name": …, "value": …}]
  params jsonb not null,
  filled_at timestamptz not null,
  primary key (session_ref, document_id)
);
create index filled_forms_blob on filled_forms (sha256);
