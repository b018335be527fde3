-- What is in a package as the eID, or the service as witness, made it; kept for orders that ask for it (sdo-format native).
alter table results add column native_sha256 text;
alter table results add column native_size bigint;
alter table results add column native_type text;
