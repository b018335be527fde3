-- What is due and what came of it, under a name that says so; the queue runs it. Work on an old queue goes there anew.

alter table outbox rename to jobs;
alter sequence outbox_id_seq rename to jobs_id_seq;
alter index outbox_pkey rename to jobs_pkey;
alter index outbox_key_key rename to jobs_key_key;
alter index outbox_waiting rename to jobs_waiting;
alter index outbox_ringing rename to jobs_published;
alter index outbox_finished rename to jobs_finished;
alter index outbox_failed rename to jobs_failed;

-- how often it failed since it was last taken up
alter table jobs rename column attempts to failures;
-- on the queue since; null: waits until it is due
alter table jobs rename column enqueued_at to published_at;
-- which attempt is due: goes up with every failure and whenever it is taken up again, never down
alter table jobs add column attempt int not null default 0;
-- starts: how often this attempt was begun; with the attempt it is the fencing token of whoever began it last

delete from jobs where queue = 'sweep';
update jobs set attempt = failures, starts = 0, started_at = null, published_at = null
  where finished_at is null and failed_at is null;

-- What runs by the clock alone, and how the last run of it ended.
create table scheduled_jobs (
  name text primary key,
  started_at timestamptz not null,
  finished_at timestamptz,
  failed_at timestamptz,
  -- of the last run that failed
  error text
);
