-- Identity methods keep what is theirs in tables of all methods. What NemID kept before moves there as it is: sealed values
-- and keyed hashes are bound to words that stay the same.

-- An account's own set-up as service provider, as its method writes it; without one the installation's counts.
create table method_setups (
  service text not null references services on delete cascade,
  module text not null,
  setup jsonb not null,
  -- names of the methods that may be ordered; null: all
  methods text[],
  -- another one after every change: processes see at once that what they hold is out of date
  revision text not null,
  changed_at timestamptz not null,
  primary key (service, module)
);
insert into method_setups (service, module, setup, methods, revision, changed_at)
  select service, 'nemid', jsonb_build_object(
      'environment', environment, 'friendlyName', friendly_name, 'spid', spid, 'ridSpid', rid_spid, 'cpr', cpr,
      'sector', sector, 'privateKey', encode(private_key, 'base64'), 'keyUri', key_uri,
      'cprPrivateKey', encode(cpr_private_key, 'base64'),
      'cprCertificates', (select jsonb_agg(encode(one, 'base64') order by place)
        from unnest(cpr_certificates) with ordinality as listed (one, place)),
      'certificates', (select jsonb_agg(encode(one, 'base64') order by place)
        from unnest(certificates) with ordinality as listed (one, place))),
    methods, revision, changed_at
  from provider_setups;
drop table provider_setups;

-- What a method remembers of a person. Whose a row is stands nowhere in plain: the key is a keyed hash, the value is
-- encrypted, with keys that are not in the database.
create table method_memory (
  module text not null,
  kind text not null,
  key bytea not null,
  -- null: the installation's
  service text references services on delete cascade,
  sealed bytea not null,
  since timestamptz not null,
  until timestamptz not null,
  primary key (module, kind, key)
);
create index method_memory_by_end on method_memory (until);
insert into method_memory (module, kind, key, service, sealed, since, until)
  select 'nemid', 'remembered-cpr', signer, service, sealed, consented_at,
    (last_used_at at time zone 'Europe/Copenhagen' + interval '3 months') at time zone 'Europe/Copenhagen'
  from remembered_cprs;
drop table remembered_cprs;

-- Attempts that count against somebody for a while, by keyed hash.
create table method_attempts (
  id bigint generated always as identity primary key,
  module text not null,
  kind text not null,
  key bytea not null,
  at timestamptz not null,
  until timestamptz not null
);
create index method_attempts_of_key on method_attempts (module, kind, key, until);
create index method_attempts_by_end on method_attempts (until);
insert into method_attempts (module, kind, key, at, until)
  select 'nemid', 'cpr-attempts', signer, at, at + interval '1 day' from cpr_attempts;
drop table cpr_attempts;

-- Which trail an entry belongs to was told from its type; now each says so.
alter table audit_entries add column trail text check (trail in ('creation', 'verification'));
update audit_entries set trail = case when type ~
    '^(verified-|user-identified$|signer-not-identified$|cpr-(verified|looked-up|not-collected)$|collected-|created-and-)'
  then 'verification' else 'creation' end;
alter table audit_entries alter column trail set not null;

-- A visit that waits for a number holds no state of its method: it starts over.
update sessions set ended_at = coalesce(ended_at, last_seen_at)
  where exists (select from jsonb_each(progress) as of_document where of_document.value ->> 'cprDue' = 'true');
-- Numbers that wait for their package.
update native_signatures set evidence = evidence || '{"nationalIdKind": {"nationality": "DK", "type": "CPR"}}'
  where national_id is not null;
