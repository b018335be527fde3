/** Finds the key that signed a log-on in the log of the provider's keys. */
import { isSeglError } from '@segl/problem/errors';
import { verifyJws, readKeySet } from '../../evidence/identity/jws.ts';
import { ID_TOKEN } from '../../evidence/identity/proofs/id-token.ts';
import { holdsKey } from '../../evidence/identity/proofs/key-log.ts';
import type { LoggedKeys } from '../../method.ts';
import type { Exchanged } from './exchange.ts';

/** The first entry that has it: the longer it is known, the less it can be made up. Undefined: it is in none yet. */
export function entryWithKey(
  { proofs, keys }: Exchanged,
  entries: readonly LoggedKeys[],
): LoggedKeys | undefined {
  const proof = proofs.find(({ role }) => role === ID_TOKEN);
  if (!proof || !keys) return undefined;
  try {
    const token = verifyJws(proof.bytes, readKeySet(keys.fetched.bytes));
    return entries.find(({ bytes }) => holdsKey(bytes, token));
  } catch (error) {
    // what is wrong with the token is told where it is judged
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return undefined;
  }
}
