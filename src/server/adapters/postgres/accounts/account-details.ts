/** What accounts say of themselves to signers, and where they may send them. */
import type { AccountDetails } from '../../../domain/order/account-details.ts';
import type { Db } from '../database.ts';

export interface Logo {
  /** Hex. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

interface Row {
  readonly displayName: string | null;
  readonly contact: string | null;
  readonly privacyUrl: string | null;
  readonly termsUrl: string | null;
  readonly logo: string | null;
}

const columns = `display_name as "displayName", contact, privacy_url as "privacyUrl", terms_url as "termsUrl",
  logo_sha256 as logo`;

/** Empty for an account that says nothing. */
export async function findAccountDetails(db: Db, service: string): Promise<AccountDetails> {
  const [row] = await db.query<Row>(`select ${columns} from account_details where service = $1`, [service]);
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, value]) => value !== null));
}

/** Changes those of `change`; null takes one away. The account must exist. */
export async function changeAccountDetails(
  db: Db,
  service: string,
  change: { readonly [Name in keyof Omit<AccountDetails, 'logo'>]?: string | null } & {
    readonly logo?: Logo | null;
  },
  at: Date,
): Promise<void> {
  const { logo, ...texts } = change;
  const names = {
    displayName: 'display_name',
    contact: 'contact',
    privacyUrl: 'privacy_url',
    termsUrl: 'terms_url',
  };
  const values: Record<string, unknown> = { changed_at: at };
  for (const [name, column] of Object.entries(names))
    if (name in texts) values[column] = texts[name as keyof typeof texts] ?? null;
  if (logo !== undefined) {
    values['logo_sha256'] = logo?.sha256 ?? null;
    values['logo_type'] = logo?.mediaType ?? null;
    values['logo'] = logo?.bytes ?? null;
  }
  const set = Object.keys(values);
  await db.query(
    `insert into account_details (service, ${set.join(', ')})
     values ($1, ${set.map((_, index) => `$${index + 2}`).join(', ')})
     on conflict (service) do update set ${set.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [service, ...Object.values(values)],
  );
}

export async function findLogo(db: Db, sha256: string): Promise<Logo | undefined> {
  const [row] = await db.query<Logo>(
    `select logo_sha256 as sha256, logo_type as "mediaType", logo as bytes
     from account_details where logo_sha256 = $1 limit 1`,
    [sha256],
  );
  return row;
}

/** What its orders may send signers to, besides https and http; by name. */
export async function listRedirectSchemes(db: Db, service: string): Promise<string[]> {
  const rows = await db.query<{ scheme: string }>(
    'select scheme from redirect_schemes where service = $1 order by scheme',
    [service],
  );
  return rows.map(({ scheme }) => scheme);
}

/** Those and no others, from now on. */
export async function setRedirectSchemes(tx: Db, service: string, schemes: readonly string[]): Promise<void> {
  await tx.query('delete from redirect_schemes where service = $1', [service]);
  await tx.query('insert into redirect_schemes (service, scheme) select distinct $1, unnest($2::text[])', [
    service,
    schemes,
  ]);
}
