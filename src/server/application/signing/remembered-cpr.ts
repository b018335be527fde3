/** CPR numbers that signers asked an account to remember: used the next time, forgotten after three months without use. */
import type { SecretBox } from '../../adapters/secrets/secrets.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  clearOldAttempts,
  findRemembered,
  forgetRemembered,
  forgetUnused,
  setRemembered,
} from '../../adapters/postgres/cpr.ts';
import type { FlowContext } from '../context.ts';

/** Whose number it is: a person, as one account knows them. */
export interface Signer {
  readonly service: string;
  readonly uniqueId: string;
}

/** For this long wrong numbers count against a person. */
export const GUESSING_WINDOW_MS = 86_400_000;

/** What a person is found by, under every key; the current one first. */
const indexesOf = (secrets: SecretBox, { service, uniqueId }: Signer): Buffer[] =>
  secrets.indexes(`${service}\0${uniqueId}`, 'remembered-cpr');

const contextOf = ({ service }: Signer): string => `remembered-cpr:${service}`;

/** Remembers a number that was verified, for `at` and three months from its last use on. */
export async function remember(
  tx: Db,
  secrets: SecretBox,
  signer: Signer,
  { cpr, consentedAt, at }: { cpr: string; consentedAt: Date; at: Date },
): Promise<void> {
  const [index, ...older] = indexesOf(secrets, signer);
  if (older.length > 0) await forgetRemembered(tx, older);
  const content = Buffer.from(JSON.stringify({ person: signer.uniqueId, cpr }), 'utf8');
  await setRemembered(tx, {
    signer: index!,
    service: signer.service,
    sealed: secrets.seal(content, contextOf(signer)),
    consentedAt,
    usedAt: at,
  });
}

/** The number, if one is remembered. Throws SECRET_UNREADABLE. */
export async function recall(
  { db, secrets }: Pick<FlowContext, 'db' | 'secrets'>,
  signer: Signer,
): Promise<{ cpr: string; consentedAt: Date } | undefined> {
  const row = await findRemembered(db, indexesOf(secrets, signer));
  if (!row) return undefined;
  const content = JSON.parse(secrets.open(row.sealed, contextOf(signer)).toString('utf8')) as {
    person: string;
    cpr: string;
  };
  // a row that was copied to another person's place
  return content.person === signer.uniqueId ? { cpr: content.cpr, consentedAt: row.consentedAt } : undefined;
}

/** Whether a number is remembered. */
export async function isRemembered(
  { db, secrets }: Pick<FlowContext, 'db' | 'secrets'>,
  signer: Signer,
): Promise<boolean> {
  return (await findRemembered(db, indexesOf(secrets, signer))) !== undefined;
}

/** Gives whether there was one. */
export async function forget(tx: Db, secrets: SecretBox, signer: Signer): Promise<boolean> {
  return (await forgetRemembered(tx, indexesOf(secrets, signer))) > 0;
}

/** Forgets numbers that were not used for three months. Gives how many. Running it again changes nothing. */
export async function forgetUnusedCprs({ db, clock }: Pick<FlowContext, 'db' | 'clock'>): Promise<number> {
  const now = clock.now();
  await clearOldAttempts(db, new Date(now.getTime() - GUESSING_WINDOW_MS));
  return forgetUnused(db, now);
}
