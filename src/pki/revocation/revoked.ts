/** How a revocation is told. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import type { Certificate } from '../x509/certificate.ts';

/** When, as part of a sentence; `at` is undefined where the issuer does not tell. */
export const revokedWhen = (at: Date | undefined): Problem =>
  at ? pkiProblems.of('status/revoked-at', { at }) : pkiProblems.of('status/revoked-unknown');

/** CERT_REVOKED; `at` as for `revokedWhen`. */
export const certificateRevoked = ({ subjectDn }: Certificate, at: Date | undefined): SeglError =>
  pkiProblems.error('CERT_REVOKED', { subject: subjectDn, when: revokedWhen(at) });
