/** The status of a certificate as an OCSP answer tells it that was kept beside what the certificate signed. */
import { isSeglError } from '@segl/problem/errors';
import type { Finding } from '@segl/ades/validation/facts';
import { pkiProblems } from '@segl/pki/problems';
import { checkOcspResponse, type OcspExpectation } from '@segl/pki/revocation/ocsp';
import { certificateRevoked } from '@segl/pki/revocation/revoked';
import type { Certificate } from '@segl/pki/x509/certificate';
import { identityProblems } from '../../../problems.ts';
import type { Proof } from '../content.ts';
import { bytesOf } from '../read.ts';
import { certification } from './verifier.ts';

/**
 * Good, and told at the time `at`. `path`: of the certificate, leaf first, two at least; `kept`: the answer. A nonce that the answer
 * repeats must be the one that is given.
 */
export function statusFinding(
  check: string,
  [certificate, issuer]: readonly Certificate[],
  kept: Proof | undefined,
  about: Pick<OcspExpectation, 'at' | 'nonce' | 'delegates'>,
): Finding {
  if (!kept) return certification(check, 'TRY_LATER', identityProblems.of('proof/no-status'));
  try {
    const { status, revokedAt } = checkOcspResponse(Uint8Array.from(bytesOf(kept)), {
      ...{ certificate: certificate!, issuer: issuer!, ...about },
      nonceOptional: true,
    });
    if (status === 'revoked')
      return certification(check, 'REVOKED', certificateRevoked(certificate!, revokedAt).problem);
    const unknown = pkiProblems.of('status/responder-does-not-know');
    return certification(check, 'TRY_LATER', status === 'good' ? undefined : unknown);
  } catch (error) {
    if (!isSeglError(error, 'OCSP_INVALID', 'ASN1_INVALID')) throw error;
    return certification(check, 'TRY_LATER', error.problem);
  }
}
