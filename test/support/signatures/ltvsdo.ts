/** A package to test with: a bilingual mouthful of content, sealed by the signer of the test world. */
import { createHash } from 'node:crypto';
import { NATIVE_XMLDSIG, type LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { readPolicy, SEAL_SIGNATURE_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import { NEMID_PACKAGING_POLICY } from '@segl/identity/methods/nemid/evidence/policy';
import type { SealPolicy } from '@segl/ades/xades/seal-form';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import { ManualClock } from '@segl/problem/clock';
import { createTestPki, TEST_TIME, type KeyKind } from './test-pki.ts';

export const sealPolicy: SealPolicy = {
  id: SEAL_SIGNATURE_POLICY,
  hash: readPolicy(SEAL_SIGNATURE_POLICY).sha256,
  uri: 'https://sign.example.com/policy/signature-policy-1.0.txt',
};

const at = (text: string): Date => new Date(text);

/** Content with everything in it, and characters that escape, normalise or sort in surprising ways. */
export function sampleContent(change: Partial<LtvSdoContent> = {}): LtvSdoContent {
  const document = Buffer.from('%PDF-1.7 a contract');
  const components = [
    { name: 'segl', version: '0.1.0' },
    { name: 'user-agent', version: 'Mozilla/5.0 (X11; Linux) "quoted" <odd> & more\ttab\nline' },
  ];
  return {
    signer: {
      displayName: 'Åse Møller',
      uniqueId: 'PID:9208-2002-2-123456789012',
      nationalId: { id: '0102030405', nationality: 'DK', type: 'CPR' },
      attributes: [
        { name: 'subject-dn', nameSpace: 'nemid', value: 'CN=Åse Møller+serialNumber=PID:1,C=DK' },
      ],
    },
    document: {
      mimeType: 'application/pdf',
      title: 'Købekontrakt <1> & "2" \u{1F600}\u0085\u2028 end',
      sha256: createHash('sha256').update(document).digest(),
    },
    signature: {
      typeFriendlyName: 'NemID',
      formatFriendlyName: 'XML Signature',
      signingTime: at('2026-03-01T11:58:00.123Z'),
    },
    packagingPolicy: NEMID_PACKAGING_POLICY,
    native: {
      ...NATIVE_XMLDSIG,
      bytes: Buffer.from('<openoces:signature>what the client sent</openoces:signature>'),
      signingTime: at('2026-03-01T11:58:00.123Z'),
      validation: {
        certificates: [Buffer.from('a certificate')],
        ocsps: [Buffer.from('an answer')],
        crls: [],
      },
      bundleIndex: 0,
      originalDocument: document,
    },
    creation: { type: 'nemid', components, transactionId: 'ab'.repeat(32) },
    verification: { type: 'nemid', components, transactionId: 'ab'.repeat(32) },
    externalReference: ' case 4711\r\n\tsecond line ',
    creationAuditTrail: [
      {
        at: at('2026-03-01T11:57:00.000Z'),
        type: 'presented-document-to-signer',
        data: [
          { name: 'document-title', value: 'Købekontrakt' },
          { name: 'description', value: '' },
        ],
      },
    ],
    verificationAuditTrail: [
      {
        at: at('2026-03-01T11:58:01.000Z'),
        type: 'verified-signature',
        data: [{ name: 'description', value: 'core validation succeeded' }],
      },
    ],
    ...change,
  };
}

/** A sealer with its certificates and a fresh validation of them. */
export async function createSealer(kind: KeyKind = 'RSA') {
  const pki = createTestPki(kind);
  const { validation } = await validateCertificate({
    leaf: pki.signerKey.certificate,
    intermediates: pki.signerKey.chain,
    anchors: [pki.root.certificate.der],
    at: TEST_TIME,
    revocation: new RevocationService({ post: pki.post, clock: new ManualClock(TEST_TIME) }),
  });
  return {
    pki,
    validation,
    seal: (content: LtvSdoContent = sampleContent(), own: { validation?: ValidationData } = {}) =>
      sealLtvSdo(content, {
        key: pki.signerKey,
        signingTime: TEST_TIME,
        policy: sealPolicy,
        validation: own.validation ?? validation,
      }),
  };
}
