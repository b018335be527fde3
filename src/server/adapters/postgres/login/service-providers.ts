/** Service providers of SAML 2.0, by account, and the requests that were taken from them. */
import type { ServiceProvider } from '../../../domain/login/service-provider.ts';
import type { Db } from '../database.ts';

export interface ServiceProviderRow {
  readonly service: string;
  readonly settings: ServiceProvider;
  readonly changedAt: Date;
}

const columns = 'service, settings, changed_at as "changedAt"';

/** Adds it or replaces all of it. */
export async function setServiceProvider(
  db: Db,
  { service, settings, changedAt }: ServiceProviderRow,
): Promise<void> {
  await db.query(
    `insert into service_providers (service, entity_id, settings, changed_at) values ($1, $2, $3, $4)
     on conflict (service, entity_id) do update set settings = excluded.settings, changed_at = excluded.changed_at`,
    [service, settings.entityId, JSON.stringify(settings), changedAt],
  );
}

export async function findServiceProvider(
  db: Db,
  service: string,
  entityId: string,
): Promise<ServiceProvider | undefined> {
  const [row] = await db.query<ServiceProviderRow>(
    `select ${columns} from service_providers where service = $1 and entity_id = $2`,
    [service, entityId],
  );
  return row?.settings;
}

/** Of one account or of all. */
export function listServiceProviders(db: Db, service?: string): Promise<ServiceProviderRow[]> {
  return db.query<ServiceProviderRow>(
    `select ${columns} from service_providers where $1::text is null or service = $1 order by service, entity_id`,
    [service ?? null],
  );
}

/** False when there was none. */
export async function removeServiceProvider(db: Db, service: string, entityId: string): Promise<boolean> {
  const rows = await db.query(
    'delete from service_providers where service = $1 and entity_id = $2 returning service',
    [service, entityId],
  );
  return rows.length === 1;
}

/** Notes a request. False when it was taken before; of two at once, one is new. */
export async function takeLoginRequest(
  db: Db,
  request: {
    readonly service: string;
    readonly entityId: string;
    readonly requestId: string;
    readonly until: Date;
  },
): Promise<boolean> {
  const rows = await db.query(
    `insert into login_requests (service, entity_id, request_id, until) values ($1, $2, $3, $4)
     on conflict do nothing returning request_id`,
    [request.service, request.entityId, request.requestId, request.until],
  );
  return rows.length === 1;
}

/** Removes those that would be refused as too old. */
export async function deleteOldLoginRequests(db: Db, now: Date): Promise<void> {
  await db.query('delete from login_requests where until < $1', [now]);
}
