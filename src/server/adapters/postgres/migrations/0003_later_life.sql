-- The later life of an order: searching tasks, documents that come later, deletion, user sessions.

-- An order goes for good at this time, if any: its days until deletion are over.
alter table orders add column delete_at timestamptz;
create index orders_to_delete on orders (delete_at) where delete_at is not null;

alter table order_documents
  -- the original's id in the archive, if it was put there; no reference, as it may be removed from there
  add column archive_id text,
  -- the task whose signer uploaded it
  add column uploaded_in text;

-- What changes during a task's life and can be searched for. Columns by_* hold a text folded to lower case, so that it
-- does not matter which locale the database was made with.
alter table tasks
  add column service text not null default '',
  add column last_updated_at timestamptz not null default now(),
  add column signer text not null default '',
  add column by_signer text collate "C" not null default '',
  add column by_client_status text collate "C" not null default '';
create index tasks_by_state on tasks (service, state);
create index tasks_by_update on tasks (service, last_updated_at);
create index tasks_by_signer on tasks (service, left(by_signer, 64));
create index tasks_by_client_status on tasks (service, left(by_client_status, 64));

-- One row for each task and document: what can be searched for and (but for the document's) never changes. Texts are
-- indexed by their first 64 characters: a row of an index has a largest size, a client's reference has none.
create table task_index (
  id bigint generated always as identity primary key,
  service text not null,
  request_id text not null,
  task_id text not null,
  document_id text not null,
  created timestamptz not null,
  days_to_live int not null,
  -- the texts as they were given, by the contract's names of fields
  texts jsonb not null,
  by_task_id text collate "C" not null,
  by_document_id text collate "C" not null,
  by_archive_id text collate "C" not null,
  by_account text collate "C" not null,
  by_language text collate "C" not null,
  by_document_description text collate "C" not null,
  by_mime_type text collate "C" not null,
  by_subject_first_name text collate "C" not null,
  by_subject_last_name text collate "C" not null,
  by_subject_email text collate "C" not null,
  by_subject_national_id text collate "C" not null,
  by_subject_mobile text collate "C" not null,
  by_authentication_type text collate "C" not null,
  by_sender_unique_id text collate "C" not null,
  by_client_reference text collate "C" not null,
  unique (request_id, task_id, document_id),
  foreign key (request_id, task_id) references tasks on delete cascade
);
create index task_index_created on task_index (service, created, id);
create index task_index_days_to_live on task_index (service, days_to_live, id);
create index task_index_task_id on task_index (service, left(by_task_id, 64), id);
create index task_index_document_id on task_index (service, left(by_document_id, 64), id);
create index task_index_archive_id on task_index (service, left(by_archive_id, 64), id);
create index task_index_account on task_index (service, left(by_account, 64), id);
create index task_index_language on task_index (service, left(by_language, 64), id);
create index task_index_document_description on task_index (service, left(by_document_description, 64), id);
create index task_index_mime_type on task_index (service, left(by_mime_type, 64), id);
create index task_index_subject_first_name on task_index (service, left(by_subject_first_name, 64), id);
create index task_index_subject_last_name on task_index (service, left(by_subject_last_name, 64), id);
create index task_index_subject_email on task_index (service, left(by_subject_email, 64), id);
create index task_index_subject_national_id on task_index (service, left(by_subject_national_id, 64), id);
create index task_index_subject_mobile on task_index (service, left(by_subject_mobile, 64), id);
create index task_index_authentication_type on task_index (service, left(by_authentication_type, 64), id);
create index task_index_sender_unique_id on task_index (service, left(by_sender_unique_id, 64), id);
create index task_index_client_reference on task_index (service, left(by_client_reference, 64), id);

-- What a signer uploaded in a visit. It becomes the order's when the visit is sent in.
create table uploads (
  session_ref text not null references sessions on delete cascade,
  document_id text not null,
  sha256 text not null,
  size bigint not null,
  content_type text not null,
  uploaded_at timestamptz not null,
  primary key (session_ref, document_id)
);
create index uploads_blob on uploads (sha256);

-- One browser session over tasks of several requests.
create table user_sessions (
  id text primary key,
  service text not null references services,
  language text,
  on_postpone text,
  on_complete text,
  on_cancel text,
  created_at timestamptz not null,
  -- asked for by a task: the session opens with it only, once
  artifact text,
  artifact_expires_at timestamptz,
  artifact_used_at timestamptz
);
create table user_session_tasks (
  user_session_id text not null references user_sessions on delete cascade,
  position int not null,
  request_id text not null,
  task_id text not null,
  description text,
  primary key (user_session_id, position),
  foreign key (request_id, task_id) references tasks on delete cascade
);
create index user_session_tasks_of_task on user_session_tasks (request_id, task_id);
create table user_session_visits (
  ref text primary key,
  secret_hash text not null,
  user_session_id text not null references user_sessions on delete cascade,
  client jsonb not null,
  started_at timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at timestamptz
);
create index user_session_visits_of_session on user_session_visits (user_session_id);
