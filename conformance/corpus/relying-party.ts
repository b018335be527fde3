/** Our validator as a relying party that trusts one root, and has been given OCSP answers. */
import { builtIn } from '@segl/identity/methods/index';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { checkOcspResponse } from '@segl/pki/revocation/ocsp';
import { isSeglError } from '@segl/problem/errors';
import type { AskStatus } from '@segl/ades/validation/status';
import type { Validation } from '@segl/ades/validation/validate';
import { validateEvidence } from '@segl/identity/evidence/validate';
import type { Specimen } from './specimen.ts';

/** Finds what is asked for among answers of the moment `at`. */
export const askAmong =
  (answers: readonly Uint8Array[], at: Date): AskStatus =>
  (certificate, issuer) => {
    const about = { certificate: parseCertificate(certificate), issuer: parseCertificate(issuer) };
    for (const answer of answers) {
      try {
        const { status, revokedAt, reason } = checkOcspResponse(answer, { ...about, at });
        const told = { status, source: 'ocsp', url: 'given', ...(revokedAt && { revokedAt }) } as const;
        return Promise.resolve({ ...told, ...(reason !== undefined && { reason }) });
      } catch (error) {
        if (!isSeglError(error, 'OCSP_INVALID')) throw error;
      }
    }
    return Promise.reject(new Error('there is no answer about it'));
  };

/** `root`: DER, trusted for everything; nothing else is. */
export const validate = (
  { bytes, content }: Pick<Specimen, 'bytes' | 'content'>,
  root: Uint8Array,
  at: Date,
  ask: AskStatus | undefined,
): Promise<Validation> =>
  validateEvidence({
    modules: builtIn,
    bytes,
    ...(content && { content }),
    trust: {
      methods: { nemid: ocesEnvironment('sandbox', { anchors: [root], policyPrefix: '2.25.1' }) },
      seal: [root],
      tsa: [root],
    },
    at,
    ask,
  });

export const certificatesOf = ({ signers }: Specimen): Uint8Array[] =>
  signers.map(({ certificate }) => certificate.der);
