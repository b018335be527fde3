-- Keys that persons registered for a method, e.g. passkeys. Whose a row is stands nowhere in plain: `key` and `person` are
-- keyed hashes, the value is encrypted, with keys that are not in the database.
create table registrations (
  -- as operators name it
  ref text primary key,
  module text not null,
  service text not null references services on delete cascade,
  key bytea not null,
  person bytea not null,
  sealed bytea not null,
  -- how often the key was used, as it says itself; 0 where it does not count
  counter bigint not null,
  since timestamptz not null,
  used_at timestamptz,
  until timestamptz not null,
  unique (module, key)
);
create index registrations_of_person on registrations (module, service, person);
create index registrations_by_end on registrations (until);

-- The registration that a page offers, until it is answered.
alter table sessions add column enrolling jsonb;
