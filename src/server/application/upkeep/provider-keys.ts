/** The log of the keys that identity providers publish: a key that appears only when something is signed can be seen. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import { readKeySet } from '@segl/identity/evidence/identity/jws';
import type { LoggedKeys, PublishedKeys } from '@segl/identity/method';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { readTimeStampToken } from '@segl/pki/tsp/timestamp';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  insertKeys,
  listKeys,
  listUnstampedKeys,
  noteKeysSeen,
  stampKeys,
  type KeyOwner,
} from '../../adapters/postgres/provider-keys.ts';
import type { FlowContext } from '../context.ts';

export interface KeyLogContext extends Pick<FlowContext, 'db' | 'log' | 'eid'> {
  readonly timestamper: Timestamper;
}

/** Entries that evidence is looked up in: a provider changes its keys a few times in as many years. */
const LATEST = 20;

/**
 * Asks every provider of the installation for its keys, and keeps each set that differs from the one before. One that cannot be
 * asked does not stop the others. Gives how many sets are new. Throws what the time-stamp authority's failing throws: what was
 * kept is stamped by the next run.
 */
export async function logProviderKeys({ db, log, eid, timestamper }: KeyLogContext): Promise<number> {
  let added = 0;
  for (const [module, opened] of eid.installation.opened) {
    for (const published of (await opened.publishedKeys?.()) ?? []) {
      const { provider } = published;
      if ('problem' in published) {
        log.warn(
          { module, provider, code: published.problem.code },
          'The keys of an identity provider cannot be had.',
        );
      } else if (await keep(db, module, published)) {
        added += 1;
        log.info({ module, provider }, 'An identity provider publishes keys that it did not before.');
      }
    }
  }
  await stampOpen(db, timestamper);
  return added;
}

/** The same keys in another order are the same set. Throws EVIDENCE_INVALID. */
const digestOf = (keys: Uint8Array): string =>
  createHash('sha256').update(readKeySet(keys).map(canonicalJson).sort().join('\n')).digest('hex');

type Published = Extract<PublishedKeys, { readonly bytes: Uint8Array }>;

/** Whether it is new. */
async function keep(
  db: Db,
  module: string,
  { provider, issuer, source, bytes, at }: Published,
): Promise<boolean> {
  const owner = { module, provider };
  const sha256 = digestOf(bytes);
  const [last] = await listKeys(db, owner, 1);
  if (last?.sha256 === sha256 && last.issuer === issuer) {
    await noteKeysSeen(db, last.id, at);
    return false;
  }
  await insertKeys(db, { ...owner, issuer, source, keys: bytes, sha256, fetchedAt: at });
  return true;
}

async function stampOpen(db: Db, timestamper: Timestamper): Promise<void> {
  for (const { id, keys } of await listUnstampedKeys(db)) {
    const stamp = await timestamper((hash) => createHash(hash).update(keys).digest());
    await stampKeys(db, id, stamp, readTimeStampToken(stamp).genTime);
  }
}

/** What is logged of a provider and time-stamped, oldest first. */
export async function loggedKeys(db: Db, owner: KeyOwner): Promise<readonly LoggedKeys[]> {
  const rows = await listKeys(db, owner, LATEST);
  return rows
    .flatMap(({ id, keys, fetchedAt, stamp }) => (stamp ? [{ id, bytes: keys, at: fetchedAt, stamp }] : []))
    .reverse();
}
