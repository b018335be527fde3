/** Calling systems by their certificates: which account each may use, and what was decided about them. */
import type { CallerId, CallerKind } from '@segl/identity/oces/caller-certificate';
import type { Db } from '../database.ts';

export type CallerEnvironment = 'production' | 'test' | 'sandbox';

export interface CallerRow extends CallerId {
  readonly environment: CallerEnvironment;
  readonly service: string;
  readonly createdAt: Date;
}

const columns = 'environment, service, cvr, kind, identifier, created_at as "createdAt"';

/** The service that has this caller afterwards: `row.service`, or the one that had it already. */
export async function addCaller(db: Db, row: CallerRow): Promise<string> {
  const key = [row.environment, row.cvr, row.kind, row.identifier];
  const added = await db.query<{ service: string }>(
    `insert into callers (environment, cvr, kind, identifier, service, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing returning service`,
    [...key, row.service, row.createdAt],
  );
  if (added[0]) return added[0].service;
  const [there] = await db.query<{ service: string }>(
    'select service from callers where environment = $1 and cvr = $2 and kind = $3 and identifier = $4',
    key,
  );
  // removed in the same moment: try again
  return there ? there.service : addCaller(db, row);
}

/** False when there was none. */
export async function removeCaller(db: Db, row: Omit<CallerRow, 'createdAt'>): Promise<boolean> {
  const rows = await db.query(
    `delete from callers where environment = $1 and cvr = $2 and kind = $3 and identifier = $4 and service = $5
     returning service`,
    [row.environment, row.cvr, row.kind, row.identifier, row.service],
  );
  return rows.length === 1;
}

/** Of one service or of all, in every environment. */
export function listCallers(db: Db, service?: string): Promise<CallerRow[]> {
  return db.query<CallerRow>(
    `select ${columns} from callers where $1::text is null or service = $1
     order by service, environment, cvr, kind, identifier`,
    [service ?? null],
  );
}

export interface CallerDecision {
  readonly at: Date;
  readonly service: string;
  readonly environment: CallerEnvironment;
  /** Code of the error; null: accepted. */
  readonly refused: string | null;
  readonly door: string;
  readonly address: string;
  readonly via: 'tls' | 'proxy';
  readonly cvr: string | null;
  readonly kind: CallerKind | null;
  readonly identifier: string | null;
  readonly certificateSha256: string | null;
}

export async function noteDecision(db: Db, decision: CallerDecision): Promise<void> {
  await db.query(
    `insert into caller_decisions (decided_at, service, environment, refused, door, address, via, cvr, kind, identifier,
       certificate_sha256)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      decision.at,
      decision.service,
      decision.environment,
      decision.refused,
      decision.door,
      decision.address,
      decision.via,
      decision.cvr,
      decision.kind,
      decision.identifier,
      decision.certificateSha256,
    ],
  );
}

/** Newest first. */
export function listDecisions(
  db: Db,
  filter: {
    readonly service?: string | undefined;
    readonly since?: Date | undefined;
    readonly refusedOnly?: boolean;
    readonly limit: number;
  },
): Promise<CallerDecision[]> {
  return db.query<CallerDecision>(
    `select decided_at as at, service, environment, refused, door, address, via, cvr, kind, identifier,
       certificate_sha256 as "certificateSha256"
     from caller_decisions
     where ($1::text is null or service = $1) and ($2::timestamptz is null or decided_at >= $2)
       and (not $3::boolean or refused is not null)
     order by id desc limit $4`,
    [filter.service ?? null, filter.since ?? null, filter.refusedOnly ?? false, filter.limit],
  );
}

/** Gives how many went. */
export async function deleteDecisions(db: Db, before: Date): Promise<number> {
  const rows = await db.query('delete from caller_decisions where decided_at < $1 returning id', [before]);
  return rows.length;
}
