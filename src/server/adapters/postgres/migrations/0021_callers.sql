-- Which calling systems may use an account: function and company certificates by what stays the same when they are
-- renewed. A test certificate's mapping never counts in production.
create table callers (
  environment text not null check (environment in ('production', 'test', 'sandbox')),
  cvr text not null check (cvr ~ '^[0-9]{8}$'),
  kind text not null check (kind in ('FID', 'UID')),
  identifier text not null check (identifier ~ '^[0-9]+$'),
  service text not null references services on delete cascade,
  created_at timestamptz not null,
  primary key (environment, cvr, kind, identifier)
);
create index callers_service on callers (service);

-- Every decision about the certificate of a caller. No person is in it: of certificates of persons only their digest.
-- It stays when account or mapping go.
create table caller_decisions (
  id bigint generated always as identity primary key,
  decided_at timestamptz not null,
  -- the account that was asked for, which exists
  service text not null,
  environment text not null,
  -- null: accepted; otherwise the code of the error
  refused text,
  door text not null,
  address text not null,
  via text not null check (via in ('tls', 'proxy')),
  -- null where it is not known whom it names
  cvr text,
  kind text,
  identifier text,
  -- null where none was shown
  certificate_sha256 text
);
create index caller_decisions_time on caller_decisions (decided_at);
create index caller_decisions_service on caller_decisions (service, id);
