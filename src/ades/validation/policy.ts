/** The signature policy that a signature names (EPES): what it is, and whether its document is at hand. */
import { createHash } from 'node:crypto';
import type { ReadPolicy } from '../cades/signature-policy.ts';
import { failed, passed, warning, type Finding } from './facts.ts';
import type { PolicyReport } from './reports/report.ts';
import { adesProblems } from '../problems.ts';

/** The document of a signature policy by its id; undefined for those that are not known. */
export type PolicyDocuments = (id: string) => Uint8Array | undefined;

/**
 * EN 319 102-1 clause 5.2.4: a document that is at hand must be the one that the signature is under. What a policy demands is
 * judged nowhere but for the seal of a package; where nobody asks for a policy, one that is not known leaves the rest as it is.
 */
export function policyFindings(policy: ReadPolicy | undefined, documents: PolicyDocuments): Finding[] {
  if (!policy) return [];
  const { id, hash } = policy;
  const document = documents(id);
  if (!document) {
    const problem =
      id === 'implied' ? adesProblems.of('policy/implied') : adesProblems.of('policy/unknown', { id });
    return [warning('constraints', 'policy', problem)];
  }
  if (!hash) return [warning('constraints', 'policy', adesProblems.of('policy/without-hash', { id }))];
  const own = createHash(hash.hash).update(document).digest();
  return [
    Buffer.compare(own, hash.value) === 0
      ? passed('constraints', 'policy', adesProblems.of('policy/known', { id }))
      : failed(
          'constraints',
          'policy',
          'POLICY_PROCESSING_ERROR',
          adesProblems.of('policy/other-document', { id }),
        ),
  ];
}

export const policyReport = ({ id, uri, hash }: ReadPolicy, documents: PolicyDocuments): PolicyReport => ({
  id,
  ...(uri !== undefined && { uri }),
  ...(hash && { digestAlgorithm: hash.hash, digest: Buffer.from(hash.value).toString('hex') }),
  isKnown: documents(id) !== undefined,
});
