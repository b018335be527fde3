import type { VerifiedSignature } from '@segl/identity/method';
import type { SigningWay } from '../../domain/signing-session/signing-ways.ts';
import type { CprSource } from './cpr-step.ts';

const CPR_SOURCES: Readonly<Record<CprSource, readonly [type: string, description: string]>> = {
  given: ['cpr-verified', 'CPR number given beforehand and verified by the PID-CPR service'],
  earlier: [
    'cpr-verified',
    'CPR number had for another document of the same visit, where the PID-CPR service verified it',
  ],
  remembered: [
    'cpr-verified',
    'CPR number that the signer had given earlier, with consent to remember it, verified by the PID-CPR service',
  ],
  'looked-up': ['cpr-looked-up', 'CPR number collected from the PID-CPR service'],
  'not-agreed': ['cpr-not-collected', 'There is no agreement with the PID-CPR service on CPR numbers'],
};

/** The audit trail of the verification: one entry a check that the packaging policy wants to see, and the outcome. */
export function verificationTrail(
  documentId: string,
  signature: VerifiedSignature,
  { kind }: Pick<SigningWay, 'kind'>,
  cpr: CprSource | undefined,
): { type: string; data: Record<string, string> }[] {
  const about = { 'document-id': documentId };
  const { signer, facts, verdicts } = signature;
  if (kind === 'hand') return handwritingTrail(documentId);
  const trail = [
    { type: 'signature-created', data: { ...about, description: CREATED[kind] } },
    ...verdicts.map(({ check, detail }) => ({
      type: `verified-${check}`,
      data: {
        ...about,
        ...(detail !== undefined && { detail }),
        description: `The check "${check}" succeeded`,
      },
    })),
    {
      type: 'user-identified',
      data: {
        ...about,
        'confirmed-user-id': signer.uniqueId,
        description: 'The signer was identified by the certificate',
      },
    },
    {
      type: 'verified-signature',
      data: {
        ...about,
        'subject-dn': signer.subjectDn,
        'issuer-dn': signer.issuerDn,
        description: 'The native signature was verified',
      },
    },
    {
      type: 'collected-signature-and-validation-data',
      data: { ...about, ...facts, description: 'The signature and what verified it were kept' },
    },
  ];
  if (cpr) {
    const [type, description] = CPR_SOURCES[cpr];
    trail.push({ type, data: { ...about, description } });
  }
  return trail;
}

const CREATED = {
  eid: 'The signer created the native signature',
  login: 'The signer confirmed the statement by a login that is bound to it',
} as const;

/** There is nothing to verify: what happened is told, and that nobody was identified. */
const handwritingTrail = (documentId: string): { type: string; data: Record<string, string> }[] => [
  {
    type: 'signature-created',
    data: {
      'document-id': documentId,
      description: 'The signer was shown the statement, confirmed it and signed by hand',
    },
  },
  {
    type: 'signer-not-identified',
    data: { 'document-id': documentId, description: 'The name of the signer was not verified' },
  },
];
