-- Schemes of apps that an account's orders may send signers to, besides https and http.
create table redirect_schemes (
  service text not null references services on delete cascade,
  scheme text not null,
  primary key (service, scheme)
);
