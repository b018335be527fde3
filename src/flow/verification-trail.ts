import type { VerifiedSignature } from '../eid/method.ts';

/** The audit trail of the verification: one entry a check that the packaging policy wants to see, and the outcome. */
export function verificationTrail(
  documentId: string,
  signature: VerifiedSignature,
  nationalIdMatched: boolean,
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
  if (nationalIdMatched) {
    trail.push({
      type: 'cpr-verified',
      data: { ...about, description: 'CPR number given beforehand and verified by the PID-CPR service' },
    });
  }
  return trail;
}
