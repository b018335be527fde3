/** How a revocation is told. */
import type { SeglError } from '../../problem/errors.ts';
import { pkiProblems } from '../problems.ts';
import type { Certificate } from '../x509/certificate.ts';

/** CERT_REVOKED; `at` is undefined where the issuer does not tell when. */
export const certificateRevoked = ({ subjectDn }: Certificate, at: Date | undefined): SeglError =>
  pkiProblems.error('CERT_REVOKED', {
    subject: subjectDn,
    when: at ? pkiProblems.of('status/revoked-at', { at }) : pkiProblems.of('status/revoked-unknown'),
  });
