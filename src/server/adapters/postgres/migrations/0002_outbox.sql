-- Work that is due. A row is written in the transaction that made it due and owns its retries; the queue only rings.

create table outbox (
  id bigint generated always as identity primary key,
  queue text not null,
  payload jsonb not null,
  -- work with a key exists once; more of it is ignored while the row is kept
  key text unique,
  created_at timestamptz not null default now(),
  -- null: at once
  due_at timestamptz,
  -- on the queue since; null: waits until it is due
  enqueued_at timestamptz,
  started_at timestamptz,
  -- how often it failed, and how often it was begun: more begun than failed means crashed or at work
  attempts int not null default 0,
  starts int not null default 0,
  last_error text,
  finished_at timestamptz,
  failed_at timestamptz
);
create index outbox_waiting on outbox (due_at, id)
  where enqueued_at is null and finished_at is null and failed_at is null;
create index outbox_ringing on outbox (enqueued_at)
  where enqueued_at is not null and finished_at is null and failed_at is null;
create index outbox_finished on outbox (finished_at) where finished_at is not null;
