-- Orders that count as deleted while evidence is still being made of them: a search for tasks looks at all of them.
create index orders_closing on orders (request_id) where deletion_asked_at is not null and deleted_at is null;
