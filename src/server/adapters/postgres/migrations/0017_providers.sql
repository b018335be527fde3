-- An account's own set-up as service provider of an eID; accounts without one use the installation's settings.
create table provider_setups (
  service text primary key references services on delete cascade,
  environment text not null check (environment in ('production', 'test', 'sandbox')),
  friendly_name text not null,
  spid text not null,
  rid_spid text,
  cpr text not null check (cpr in ('match', 'lookup', 'none')),
  sector text not null check (sector in ('private', 'public')),
  -- names of the methods that may be ordered; null: all
  methods text[],
  -- PKCS#8, encrypted with a key that is not in the database
  private_key bytea not null,
  -- DER, own certificate first
  certificates bytea[] not null,
  -- another one after every change: processes see at once that what they hold is out of date
  revision text not null,
  changed_at timestamptz not null,
  check (sector = 'public' or cpr <> 'lookup')
);

-- Which warnings about an expiring certificate were given: each once, by whichever process comes first.
create table expiry_warnings (
  certificate_sha256 text not null,
  days int not null,
  warned_at timestamptz not null,
  primary key (certificate_sha256, days)
);
