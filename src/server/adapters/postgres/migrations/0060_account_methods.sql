-- What an account says of names of methods, over METHODS_FILE; without a row that counts.
create table account_methods (
  service text primary key references services on delete cascade,
  -- every method that an order lists must be on
  strict boolean not null,
  -- as METHODS_FILE has them
  lines json not null,
  -- another one after every change: processes see at once that what they hold is out of date
  revision text not null,
  changed_at timestamptz not null
);
