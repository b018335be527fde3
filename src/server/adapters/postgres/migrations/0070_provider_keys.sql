-- The log of the keys that identity providers publish: each set that differs from the one before, with a time-stamp over it.
create table provider_keys (
  id uuid primary key,
  module text not null,
  -- as METHODS_FILE names it
  provider text not null,
  issuer text not null,
  source text not null,
  -- as it came
  keys bytea not null,
  -- over the keys in a form in which their order does not count
  sha256 text not null,
  fetched_at timestamptz not null,
  -- when it was last found to be the same
  seen_at timestamptz not null,
  -- RFC 3161, DER; none yet where no time-stamp authority answered
  stamp bytea,
  stamped_at timestamptz
);
create index provider_keys_latest on provider_keys (module, provider, fetched_at desc);
create index provider_keys_open on provider_keys (fetched_at) where stamp is null;
