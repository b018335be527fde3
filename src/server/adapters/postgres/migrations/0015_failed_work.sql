-- Work that was given up, for the operator: a handful among millions.
create index outbox_failed on outbox (failed_at) where failed_at is not null;
