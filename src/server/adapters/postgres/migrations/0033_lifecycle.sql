-- When the PDF of a packaging task became due: the tasks that it waits for were settled.
alter table packaging_tasks add column started_at timestamptz;
update packaging_tasks p set started_at = (
  select min(at) from events e
  where e.request_id = p.request_id and e.type = 'packaging-task-created' and e.data = p.packaging_task_id
);

-- When its sender deleted an order whose evidence was still being made: it goes once that is there.
alter table orders add column deletion_asked_at timestamptz;
