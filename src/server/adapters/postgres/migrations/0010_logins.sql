-- Logging in with an eID before the documents of a task are shown.

alter table sessions
  -- what the client was started with, between start and answer
  add column expected_login jsonb,
  -- how the person of the visit was identified: the name of a login method, or 'artifact'
  add column authenticated_with text;

-- A verified login, and what verified it.
create table logins (
  session_ref text primary key references sessions on delete cascade,
  method text not null,
  -- the message, in the blob store
  sha256 text not null,
  evidence jsonb not null,
  authenticated_at timestamptz not null
);
create index logins_blob on logins (sha256);

-- A user session whose tasks offer a login besides the artifact opens without one too: each visit knows what it gave.
alter table user_session_visits add column signed_on boolean not null default false;
update user_session_visits v set signed_on = true from user_sessions s
  where s.id = v.user_session_id and s.artifact is not null;
