/**
 * Evidence that was kept with a signature of which every byte counts. Judging a certificate passes over what it has no use
 * for; here each answer, list and certificate must be sound and have its part, as when the package was made.
 */
import { isSeglError } from '@segl/problem/errors';
import { validateWithEvidence, type EvidenceInput } from '@segl/pki/revocation/evidence';
import { failed, passed, type Finding } from '@segl/ades/validation/facts';

/** Whom to trust, and what was revoked, is judged for all certificates alike. */
const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set(['CERT_PATH_INVALID', 'CERT_REVOKED']);

/** Nothing is told of it where there is no path to a trust anchor, or where something on it was revoked. */
export function evidenceFindings(input: EvidenceInput): Finding[] {
  try {
    validateWithEvidence(input);
    return [passed('constraints', 'kept-evidence')];
  } catch (error) {
    if (!isSeglError(error)) throw error;
    if (JUDGED_ELSEWHERE.has(error.code)) return [];
    return [failed('constraints', 'kept-evidence', 'SIG_CONSTRAINTS_FAILURE', error.problem)];
  }
}
