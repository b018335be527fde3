-- A signature that is made by a chain of methods has a row for each link as well, until it is complete.
alter table native_signatures
  -- 0: the signature; from 1: a link that was made, in its order
  add column link smallint not null default 0,
  drop constraint native_signatures_pkey,
  add primary key (session_ref, document_id, link);
