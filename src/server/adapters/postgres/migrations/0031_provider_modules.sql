-- The key of a set-up may be on a security module: its pkcs11: URI, in place of the key itself.
alter table provider_setups
  alter column private_key drop not null,
  add column key_uri text,
  add check ((private_key is null) <> (key_uri is null)),
  -- the certificate that CPR services know such a provider by in TLS; its key is PKCS#8, encrypted
  add column cpr_private_key bytea,
  add column cpr_certificates bytea[],
  add check ((cpr_private_key is null) = (cpr_certificates is null));
