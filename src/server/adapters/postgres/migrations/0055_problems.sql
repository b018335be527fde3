-- What went wrong is kept as a problem, its code and parameters. Not as jsonb, which refuses characters that the words of others
-- may hold. What was noted as a sentence is the parameter of a problem that says so.

alter table jobs alter column last_error type json using case when last_error is not null then
  json_build_object('code', 'kept/earlier-text', 'params', json_build_object('text', last_error)) end;
alter table deliveries alter column last_error type json using case when last_error is not null then
  json_build_object('code', 'kept/earlier-text', 'params', json_build_object('text', last_error)) end;
alter table scheduled_jobs alter column error type json using case when error is not null then
  json_build_object('code', 'kept/earlier-text', 'params', json_build_object('text', error)) end;

-- What proof of archived evidence stands on, why a look came to nothing, and what is told of both in the events.
alter table preservation alter column proof_because type json using case when proof_because is not null then
  json_build_object('code', 'kept/earlier-text', 'params', json_build_object('text', proof_because)) end;
alter table preservation alter column problem type json using case when problem is not null then
  json_build_object('code', 'kept/earlier-text', 'params', json_build_object('text', problem)) end;
alter table preservation_events alter column detail type json using case when detail is not null then
  json_build_object('code', 'kept/earlier-text', 'params', json_build_object('text', detail)) end;
