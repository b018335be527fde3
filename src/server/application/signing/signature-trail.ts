import type { Evidence, Result } from '@segl/identity/method';
import type { AuditEntry } from '../../adapters/postgres/sessions/sessions.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';

type Entry = Omit<AuditEntry, 'at'>;

/** The audit trail of the verification: one entry a check that the packaging policy wants to see, and the outcome. */
export function signatureTrail(
  documentId: string,
  { identity, audit }: Pick<Result, 'identity' | 'audit'>,
  { checks, facts }: Pick<Evidence, 'checks' | 'facts'>,
  { kind }: Pick<SigningWay, 'kind'>,
): Entry[] {
  const about = { 'document-id': documentId };
  if (kind === 'hand') return handwritingTrail(documentId);
  const { certificate } = identity;
  const trail = 'verification';
  return [
    { type: 'signature-created', data: { ...about, description: CREATED[kind] } },
    ...checks.map(({ check, detail }): Entry => ({
      type: `verified-${check}`,
      trail,
      data: {
        ...about,
        ...(detail !== undefined && { detail }),
        description: `The check "${check}" succeeded`,
      },
    })),
    {
      type: 'user-identified',
      trail,
      data: {
        ...about,
        'confirmed-user-id': identity.subjectId,
        description: certificate
          ? 'The signer was identified by the certificate'
          : 'The signer was identified by the identity provider',
      },
    },
    {
      type: 'verified-signature',
      trail,
      data: {
        ...about,
        ...(certificate && { 'subject-dn': certificate.subjectDn, 'issuer-dn': certificate.issuerDn }),
        description: 'The native signature was verified',
      },
    },
    {
      type: 'collected-signature-and-validation-data',
      trail,
      data: { ...about, ...facts, description: 'The signature and what verified it were kept' },
    },
    ...audit.map(({ type, of, data }): Entry => ({ type, trail: of, data: { ...about, ...data } })),
  ];
}

const CREATED = {
  eid: 'The signer created the native signature',
  login: 'The signer confirmed the statement by a login that is bound to it',
} as const;

/** There is nothing to verify: what happened is told, and that nobody was identified. */
const handwritingTrail = (documentId: string): Entry[] => [
  {
    type: 'signature-created',
    data: {
      'document-id': documentId,
      description: 'The signer was shown the statement, confirmed it and signed by hand',
    },
  },
  {
    type: 'signer-not-identified',
    trail: 'verification',
    data: { 'document-id': documentId, description: 'The name of the signer was not verified' },
  },
];
