import type { VerifiedSignature } from '../eid/method.ts';
import type { CprSource } from './cpr.ts';

const CPR_SOURCES: Readonly<Record<CprSource, readonly [type: string, description: string]>> = {
  given: ['cpr-verified', 'CPR number given beforehand and verified by the PID-CPR service'],
  remembered: [
    'cpr-verified',
    'CPR number that the signer had given earlier, with consent to remember it, verified by the PID-CPR service',
  ],
  'looked-up': ['cpr-looked-up', 'CPR number collected from the PID-CPR service'],
};

/** The audit trail of the verification: one entry a check that the packaging policy wants to see, and the outcome. */
export function verificationTrail(
  documentId: string,
  signature: VerifiedSignature,
  cpr: CprSource | undefined,
): { type: string; data: Record<string, string> }[] {
  const about = { 'document-id': documentId };
  const { signer, facts, verdicts } = signature;
  const trail = [
    { type: 'signature-created', data: { ...about, description: 'The signer created the native signature' } },
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
