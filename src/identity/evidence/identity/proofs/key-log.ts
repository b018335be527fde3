/**
 * The entry of the installation's log of keys in which the key of a token stood: which keys a provider published is the service's
 * word, and a time-stamp from before shows that it was not made up for this token.
 */
import { createHash } from 'node:crypto';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { passed, type Finding } from '@segl/ades/validation/facts';
import { verifyTimeStampToken } from '@segl/pki/tsp/timestamp';
import { identityProblems } from '../../../problems.ts';
import type { IdentityEvidence, Trusted } from '../content.ts';
import { publicKeyOf, readKeySet, type VerifiedJws } from '../jws.ts';
import { bytesOf } from '../read.ts';
import { CLOCK_TOLERANCE, constraint } from './verifier.ts';

export const KEY_LOG = 'key-log';
export const KEY_LOG_STAMP = 'key-log-stamp';

/** An entry by its id, as evidence names it. */
export const entryName = (id: string): string => `urn:uuid:${id}`;

/** Whether the key that verified a token is in a set, under the same name. Throws EVIDENCE_INVALID. */
export const holdsKey = (set: Uint8Array, { header, key }: Pick<VerifiedJws, 'header' | 'key'>): boolean =>
  readKeySet(set).some((jwk) => jwk.kid === header['kid'] && publicKeyOf(jwk).equals(key));

/** Nothing where no entry is named: then the evidence says so among its limits. */
export function keyLogFindings(token: VerifiedJws, evidence: IdentityEvidence): Finding[] {
  const { trust, times } = evidence;
  const entry = trust.find(({ role }) => role === KEY_LOG);
  if (!entry) return [];
  const stamp = trust.find(({ role, source }) => role === KEY_LOG_STAMP && source === entry.source);
  const judged = judge(entry, stamp, token, new Date(times.received));
  return [
    'problem' in judged ? constraint(KEY_LOG, judged.problem) : passed('constraints', KEY_LOG, judged.found),
  ];
}

type Judged = { readonly problem: Problem } | { readonly found: Problem };

function judge(entry: Trusted, stamp: Trusted | undefined, token: VerifiedJws, received: Date): Judged {
  const bytes = bytesOf(entry);
  try {
    if (!holdsKey(bytes, token)) return { problem: identityProblems.of('key-log/other-key') };
    if (!stamp) return { problem: identityProblems.of('key-log/no-stamp') };
    const digest = (hash: string): Uint8Array => createHash(hash).update(bytes).digest();
    const { genTime, unjudged } = verifyTimeStampToken(Uint8Array.from(bytesOf(stamp)), digest);
    if (genTime.getTime() > received.getTime() + CLOCK_TOLERANCE)
      return { problem: identityProblems.of('key-log/too-young') };
    if (unjudged[0]) return { problem: unjudged[0] };
    return { found: identityProblems.of('key-log/entry', { entry: entry.source, at: genTime }) };
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID', 'TIMESTAMP_INVALID')) throw error;
    return { problem: reasonOf(error) };
  }
}
