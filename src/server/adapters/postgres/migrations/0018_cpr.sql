-- CPR numbers that signers asked to have remembered, one for each account and person. Whose a row is stands nowhere in
-- plain: the key is a keyed hash, person and number are encrypted, with a key that is not in the database.
create table remembered_cprs (
  signer bytea primary key,
  service text not null references services on delete cascade,
  sealed bytea not null,
  consented_at timestamptz not null,
  last_used_at timestamptz not null
);
create index remembered_cprs_by_use on remembered_cprs (last_used_at);

-- Wrong CPR numbers given for a person, by keyed hash, in all visits together.
create table cpr_attempts (
  id bigint generated always as identity primary key,
  signer bytea not null,
  at timestamptz not null
);
create index cpr_attempts_of_signer on cpr_attempts (signer, at);
create index cpr_attempts_by_age on cpr_attempts (at);
