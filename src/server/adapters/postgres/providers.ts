/** Accounts' own set-ups as service providers. */
import { randomUUID } from 'node:crypto';
import type { Db } from './database.ts';

export interface ProviderRow {
  readonly service: string;
  readonly environment: 'production' | 'test' | 'sandbox';
  readonly friendlyName: string;
  readonly spid: string;
  readonly ridSpid: string | null;
  readonly cpr: 'match' | 'lookup' | 'none';
  readonly sector: 'private' | 'public';
  /** Null: all. */
  readonly methods: readonly string[] | null;
  /** PKCS#8, encrypted; null where the key is on a security module. */
  readonly privateKey: Buffer | null;
  /** `pkcs11:` of a key on a security module. */
  readonly keyUri: string | null;
  /** What the CPR services know the account by in TLS, where that is not its key: PKCS#8, encrypted. */
  readonly cprPrivateKey: Buffer | null;
  readonly cprCertificates: readonly Buffer[] | null;
  /** DER, own certificate first. */
  readonly certificates: readonly Buffer[];
  readonly revision: string;
  readonly changedAt: Date;
}

const columns = `service, environment, friendly_name as "friendlyName", spid, rid_spid as "ridSpid", cpr, sector, methods,
  private_key as "privateKey", key_uri as "keyUri", cpr_private_key as "cprPrivateKey",
  cpr_certificates as "cprCertificates", certificates, revision, changed_at as "changedAt"`;

/** Adds the set-up or replaces all of it. */
export async function setProvider(db: Db, row: Omit<ProviderRow, 'revision'>): Promise<void> {
  await db.query(
    `insert into provider_setups (service, environment, friendly_name, spid, rid_spid, cpr, sector, methods, private_key,
       certificates, revision, changed_at, key_uri, cpr_private_key, cpr_certificates)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (service) do update set environment = excluded.environment, friendly_name = excluded.friendly_name,
       spid = excluded.spid, rid_spid = excluded.rid_spid, cpr = excluded.cpr, sector = excluded.sector,
       methods = excluded.methods, private_key = excluded.private_key, certificates = excluded.certificates,
       revision = excluded.revision, changed_at = excluded.changed_at, key_uri = excluded.key_uri,
       cpr_private_key = excluded.cpr_private_key, cpr_certificates = excluded.cpr_certificates`,
    [
      row.service,
      row.environment,
      row.friendlyName,
      row.spid,
      row.ridSpid,
      row.cpr,
      row.sector,
      row.methods,
      row.privateKey,
      row.certificates,
      randomUUID(),
      row.changedAt,
      row.keyUri,
      row.cprPrivateKey,
      row.cprCertificates,
    ],
  );
}

export async function findProvider(db: Db, service: string): Promise<ProviderRow | undefined> {
  const [row] = await db.query<ProviderRow>(`select ${columns} from provider_setups where service = $1`, [
    service,
  ]);
  return row;
}

/** Undefined without a set-up of its own. Asked before every use, so it looks at nothing else. */
export async function findProviderRevision(db: Db, service: string): Promise<string | undefined> {
  const [row] = await db.query<{ revision: string }>(
    'select revision from provider_setups where service = $1',
    [service],
  );
  return row?.revision;
}

export async function listProviders(db: Db): Promise<ProviderRow[]> {
  return db.query<ProviderRow>(`select ${columns} from provider_setups order by service`);
}

/** False when there was none. */
export async function removeProvider(db: Db, service: string): Promise<boolean> {
  const rows = await db.query('delete from provider_setups where service = $1 returning service', [service]);
  return rows.length === 1;
}

/** True for the first who wants to give this warning. */
export async function claimExpiryWarning(
  db: Db,
  { sha256, days }: { sha256: string; days: number },
  at: Date,
): Promise<boolean> {
  const rows = await db.query(
    `insert into expiry_warnings (certificate_sha256, days, warned_at) values ($1, $2, $3)
     on conflict do nothing returning days`,
    [sha256, days, at],
  );
  return rows.length === 1;
}
