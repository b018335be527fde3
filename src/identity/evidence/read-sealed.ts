/** A document that is sealed as a whole, under a policy that gives it one form, as facts about its seal. */
import type { PolicyId } from './ltvsdo/policy.ts';
import type { VerifiedSeal } from '@segl/ades/xades/verify-seal';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';
import { adesProblems } from '@segl/ades/problems';
import { failed, NO_EVIDENCE, passed, type SignatureFacts } from '@segl/ades/validation/facts';
import { readXmlFile } from '@segl/ades/validation/readers/read-xml';
import type { SignatureFormat } from '@segl/ades/validation/reports/report';

interface SealedKind<T> {
  readonly format: SignatureFormat;
  /** Name of the check of its form. */
  readonly check: string;
  readonly policy: PolicyId;
  /** Throws `code` for whatever is wrong. */
  readonly verify: (bytes: Uint8Array) => T;
  readonly code: string;
}

export interface SealedFacts<T> {
  readonly seal: SignatureFacts;
  /** Absent when the seal does not hold: nothing that it covers can be relied on. */
  readonly verified?: T;
}

/** Throws XML_INVALID when it cannot be read at all. */
export function readSealed<T extends { readonly seal: VerifiedSeal }>(
  bytes: Uint8Array,
  { format, check, policy, verify, code }: SealedKind<T>,
): SealedFacts<T> {
  const [seal] = readXmlFile(bytes);
  const base: SignatureFacts = {
    ...unreadableSeal(format, adesProblems.of('seal/missing')),
    ...seal,
    format,
    role: 'seal',
  };
  try {
    const verified = verify(bytes);
    const isOurs = verified.seal.policy?.id === policy;
    const form = passed('format', check, identityProblems.of(isOurs ? 'seal/one-form' : 'seal/read'));
    return {
      verified,
      seal: {
        ...base,
        // the policy has the seal carry what was known of its certificate when it was made
        freshness: isOurs ? 'kept' : 'fresh',
        findings: [...base.findings, form],
      },
    };
  } catch (error) {
    if (!isSeglError(error, code)) throw error;
    const finding = failed('format', check, 'FORMAT_FAILURE', reasonOf(error));
    // what core validation found tells more precisely what is wrong
    const known = base.findings.some(({ outcome }) => outcome === 'failed');
    return { seal: { ...base, findings: known ? base.findings : [...base.findings, finding] } };
  }
}

/** Of a document in which there is no seal to look at. */
export const unreadableSeal = (format: SignatureFormat, why: Problem): SignatureFacts => ({
  format,
  findings: [failed('format', 'seal', 'FORMAT_FAILURE', why)],
  certificates: [],
  algorithms: [],
  stamps: [],
  evidence: NO_EVIDENCE,
  role: 'seal',
  freshness: 'fresh',
});
