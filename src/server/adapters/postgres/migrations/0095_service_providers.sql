-- Service providers of SAML 2.0, by account, as their metadata tells them.
create table service_providers (
  service text not null references services on delete cascade,
  entity_id text not null,
  settings jsonb not null,
  changed_at timestamptz not null,
  primary key (service, entity_id)
);

-- Ids of their requests, for as long as a request is taken: none is taken twice.
create table login_requests (
  service text not null references services on delete cascade,
  entity_id text not null,
  request_id text not null,
  until timestamptz not null,
  primary key (service, entity_id, request_id)
);
create index login_requests_by_end on login_requests (until);
