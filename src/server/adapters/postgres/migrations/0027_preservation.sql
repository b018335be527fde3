-- Archived evidence, what proves it, and when that must be renewed.

create table preservation (
  archive_id text primary key references archive_documents on delete cascade,
  -- when it is looked at next
  due_at timestamptz not null,
  looked_at timestamptz,
  -- a XAdES signature around a file that itself stays as it is; null: the file brings its own proof
  proof_sha256 text,
  proof_size bigint,
  level text,
  -- what ends first of all that the proof stands on; null: no end in sight
  proof_until timestamptz,
  proof_because text,
  renewals int not null default 0,
  -- why the last look came to nothing; failures counts such looks in a row
  problem text,
  failures int not null default 0
);
create index preservation_due on preservation (due_at);
create index preservation_until on preservation (proof_until);
create index preservation_blob on preservation (proof_sha256);

insert into preservation (archive_id, due_at)
  select id, created_at from archive_documents
  where content_type in ('application/x-ltv-sdo', 'application/x-pades', 'application/x-xades');

-- What was done, append-only; it outlives the document.
create table preservation_events (
  id bigint generated always as identity primary key,
  service text not null,
  archive_id text not null,
  at timestamptz not null,
  type text not null check (type in ('added', 'renewed', 'failed')),
  level text,
  proof_until timestamptz,
  detail text
);
create index preservation_events_of_service on preservation_events (service, at);
