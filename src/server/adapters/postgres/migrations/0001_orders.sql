-- Accounts, orders and their documents, tasks, signing sessions, results, history.

create table services (
  name text primary key,
  password_hash text not null,
  created_at timestamptz not null
);

-- Session data storage: documents by id, bytes in the blob store.
create table sds_documents (
  id text primary key,
  service text not null references services,
  sha256 text not null,
  size bigint not null,
  content_type text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index sds_documents_expiry on sds_documents (expires_at);
create index sds_documents_blob on sds_documents (sha256);

create table archive_documents (
  id text primary key,
  service text not null references services,
  sha256 text not null,
  size bigint not null,
  content_type text not null,
  created_at timestamptz not null
);
create index archive_documents_blob on archive_documents (sha256);

create table orders (
  request_id text primary key,
  service text not null references services,
  spec jsonb not null,
  created_at timestamptz not null,
  completed_at timestamptz,
  deleted_at timestamptz
);

create table order_documents (
  request_id text not null references orders on delete cascade,
  document_id text not null,
  title text not null,
  content_type text not null,
  sha256 text not null,
  size bigint not null,
  external_reference text,
  sign_text_entry text,
  primary key (request_id, document_id)
);
create index order_documents_blob on order_documents (sha256);

create table tasks (
  request_id text not null references orders on delete cascade,
  task_id text not null,
  position int not null,
  state text not null check (state in ('created', 'sent-in', 'completed', 'rejected', 'expired', 'deleted', 'failed')),
  client_status text,
  expires_at timestamptz not null,
  started_at timestamptz,
  sent_in_at timestamptz,
  completed_at timestamptz,
  -- the session whose signatures count; set by "send in"
  session_ref text,
  primary key (request_id, task_id)
);
create index tasks_open_expiry on tasks (expires_at) where state = 'created';

create table packaging_tasks (
  request_id text not null references orders on delete cascade,
  packaging_task_id text not null,
  position int not null,
  state text not null check (state in ('created', 'completed', 'failed')),
  result_kind text check (result_kind in ('sds', 'archive')),
  result_id text,
  primary key (request_id, packaging_task_id)
);

-- History of the order, append-only: what getRequestHistory tells.
create table events (
  id bigint generated always as identity primary key,
  request_id text not null references orders on delete cascade,
  task_id text,
  type text not null,
  at timestamptz not null,
  data text
);
create index events_of_task on events (request_id, task_id, id);

create table artifacts (
  artifact text primary key,
  request_id text not null references orders on delete cascade,
  task_id text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- One visit of a signer to a task.
create table sessions (
  ref text primary key,
  secret_hash text not null,
  request_id text not null references orders on delete cascade,
  task_id text not null,
  transaction_id text not null,
  client jsonb not null,
  started_at timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at timestamptz,
  -- reading and signing progress by document id
  progress jsonb not null
);
create index sessions_of_task on sessions (request_id, task_id);

-- Audit trail of a visit, append-only: goes into the packages.
create table audit_entries (
  id bigint generated always as identity primary key,
  session_ref text not null references sessions on delete cascade,
  at timestamptz not null,
  type text not null,
  -- json, not jsonb: entries stay in the order in which they were written
  data json not null
);
create index audit_entries_of_session on audit_entries (session_ref, id);

-- A verified native signature, and what verified it.
create table native_signatures (
  session_ref text not null references sessions on delete cascade,
  document_id text not null,
  sha256 text not null,
  method text not null,
  evidence jsonb not null,
  -- verified against the eID's register; cleared once the package holds it
  national_id text,
  verified_at timestamptz not null,
  primary key (session_ref, document_id)
);
create index native_signatures_blob on native_signatures (sha256);

create table results (
  request_id text not null,
  task_id text not null,
  document_id text not null,
  sha256 text not null,
  size bigint not null,
  content_type text not null,
  archive_id text references archive_documents,
  created_at timestamptz not null,
  primary key (request_id, task_id, document_id),
  foreign key (request_id, task_id) references tasks on delete cascade
);
create index results_blob on results (sha256);

-- A callback that is due or was delivered.
create table deliveries (
  id text primary key,
  request_id text not null references orders on delete cascade,
  task_id text,
  notification_id text not null,
  recipient text not null,
  created_at timestamptz not null,
  attempts int not null default 0,
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_error text
);
create index deliveries_of_order on deliveries (request_id);
