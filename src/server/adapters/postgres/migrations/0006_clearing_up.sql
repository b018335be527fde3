-- CPR numbers that wait for a package, or were left behind by a visit: few at any time, looked for every minute.
create index native_signatures_numbers on native_signatures (session_ref) where national_id is not null;

-- Tickets of an order go with it.
create index artifacts_of_order on artifacts (request_id);
