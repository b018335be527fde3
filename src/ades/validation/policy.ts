/** The signature policy that a signature names (EPES): what it is, and whether it is one that is published with Segl. */
import { createHash } from 'node:crypto';
import { POLICIES, readPolicy } from '../../identity/evidence/ltvsdo/policy.ts';
import type { ReadPolicy } from '../cades/signature-policy.ts';
import { failed, passed, warning, type Finding } from './facts.ts';
import type { PolicyReport } from './report.ts';

/**
 * EN 319 102-1 clause 5.2.4: a document that is at hand must be the one that the signature is under. What a policy demands is
 * judged nowhere but for the seal of a package; where nobody asks for a policy, one that is not known leaves the rest as it is.
 */
export function policyFindings(policy: ReadPolicy | undefined): Finding[] {
  if (!policy) return [];
  const known = POLICIES.find((id) => id === policy.id);
  if (known === undefined) {
    const which = policy.id === 'implied' ? 'follows from its context' : `${policy.id} is not known here`;
    return [
      warning('constraints', 'policy', `its signature policy ${which}; what that demands is not judged`),
    ];
  }
  const { hash } = policy;
  if (!hash) return [warning('constraints', 'policy', `${known}, without the hash of its document`)];
  const own = createHash(hash.hash).update(readPolicy(known).bytes).digest();
  return [
    Buffer.compare(own, hash.value) === 0
      ? passed('constraints', 'policy', known)
      : failed(
          'constraints',
          'policy',
          'POLICY_PROCESSING_ERROR',
          `${known} is another document than it names`,
        ),
  ];
}

export const policyReport = ({ id, uri, hash }: ReadPolicy): PolicyReport => ({
  id,
  ...(uri !== undefined && { uri }),
  ...(hash && { digestAlgorithm: hash.hash, digest: Buffer.from(hash.value).toString('hex') }),
  isKnown: POLICIES.some((known) => known === id),
});
