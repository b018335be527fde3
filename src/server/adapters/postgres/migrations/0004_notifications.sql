-- Notifications of every kind: what is sent, on which occasion, when, and those that were switched off.

alter table deliveries
  add column type text not null default 'URL' check (type in ('URL', 'EMAIL', 'SMS')),
  add column packaging_task_id text,
  add column sender text,
  add column header text,
  add column message text not null default '',
  -- which trigger of the notification it is; one delivery each
  add column occasion text not null default 'unscheduled',
  -- the state that set it off; null: it was added and sent at once
  add column state text,
  -- null: at once
  add column due_at timestamptz,
  -- switched off; with deliveries that were made, the occasion may come again when the notification is added anew
  add column disabled_at timestamptz,
  -- when it was due, the state was another
  add column lapsed_at timestamptz;

create unique index deliveries_occasion on deliveries
  (request_id, coalesce(task_id, ''), coalesce(packaging_task_id, ''), notification_id, occasion)
  where disabled_at is null;

-- task_id '': the notifications of the order as a whole
create table disabled_notifications (
  request_id text not null references orders on delete cascade,
  task_id text not null,
  notification_id text not null,
  disabled_at timestamptz not null,
  primary key (request_id, task_id, notification_id)
);
