-- Log-ons that other systems ask for, until they are answered.
create table login_visits (
  -- names the visit in URLs; the secret is in the browser's cookie
  ref text primary key,
  secret_hash text not null,
  service text not null references services on delete cascade,
  -- methods, profile, language, and where the answer goes
  asked jsonb not null,
  -- of the methods, the one that the person chose
  method text,
  -- the method that was started, with its state, which is encrypted
  begun jsonb,
  -- what came of it, encrypted
  outcome bytea,
  last_seen_at timestamptz not null,
  -- from then on only for as long as the answer can be fetched
  ended_at timestamptz
);
create index login_visits_by_age on login_visits (last_seen_at);

-- Addresses that answers may be posted to; without a row nobody can log on for the account.
create table login_targets (
  service text not null references services on delete cascade,
  target text not null,
  primary key (service, target)
);
