-- Systems with certificates of OCES3 are known by a UUID below the CVR number.
alter table callers
  drop constraint callers_kind_check,
  drop constraint callers_identifier_check,
  add constraint callers_kind_check check (kind in ('FID', 'UID', 'UUID')),
  add constraint callers_identifier_check check (
    identifier ~ case
      when kind = 'UUID' then '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      else '^[0-9]+$'
    end
  );
