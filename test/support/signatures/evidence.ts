/** Finished evidence for tests: a package with a real NemID signature inside, and a PDF that carries it. */
import { createHash } from 'node:crypto';
import { signPades } from '@segl/ades/pades/sign';
import { NATIVE_XMLDSIG, type LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { ManualClock } from '@segl/problem/clock';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { validateCertificate } from '@segl/pki/revocation/validate';
import {
  writeNativeSignature,
  type SignatureProperty,
} from '@segl/sandbox/methods/nemid/client/native-signature';
import { createPki } from '../../identity/methods/nemid/local-pki.ts';
import { createSealer, sampleContent } from './ltvsdo.ts';
import { SMALL, writePdf } from '../pdf/pdf.ts';
import { TEST_TIME, TSA_URL } from './test-pki.ts';
import { trusting } from '../server/methods.ts';

const PID = '9208-2002-2-123456789012';

const property = (name: string, value: string | Uint8Array): SignatureProperty => ({
  name,
  value,
  encoding: 'base64',
  visible: name === 'signtext',
});

/** Two hierarchies, one for the seal and its time-stamps, one for signers; everything was made at its own time. */
export async function createEvidence() {
  const sealer = await createSealer('EC-P256');
  const nemid = createPki();
  const person = nemid.holder({ serialNumber: `PID:${PID}` });
  const document = writePdf(SMALL);
  const { path, validation } = await validateCertificate({
    leaf: person.certificate,
    intermediates: [nemid.issuer],
    anchors: [nemid.root],
    at: nemid.clock.now(),
    revocation: new RevocationService({ post: nemid.post, clock: nemid.clock }),
  });
  const bytes = writeNativeSignature({
    properties: [
      property('signtext', 'Jeg har læst dokumentet.'),
      property('action', 'sign'),
      property('RequestIssuer', 'Segl'),
      property('attachedpdf', document),
    ],
    key: person.privateKey,
    certificates: [person.certificate, nemid.issuer, nemid.root],
  });
  const sample = sampleContent();
  const content: LtvSdoContent = {
    ...sample,
    signer: { ...sample.signer, displayName: path[0]!.commonName, uniqueId: PID },
    document: {
      mimeType: 'application/pdf',
      title: 'Lejekontrakt',
      sha256: createHash('sha256').update(document).digest(),
    },
    native: { ...NATIVE_XMLDSIG, bytes, signingTime: nemid.clock.now(), validation },
  };
  const { pki } = sealer;
  const timestamper = createTimestamper({
    url: TSA_URL,
    anchors: [pki.root.certificate.der],
    post: pki.post,
    clock: new ManualClock(TEST_TIME),
  });
  return {
    ...sealer,
    nemid,
    person,
    content,
    timestamper,
    trust: {
      sealAnchors: [pki.root.certificate.der],
      signers: trusting([nemid.root]),
      tsaAnchors: [pki.root.certificate.der],
    },
    /** The document as PAdES, B-T unless `timestamper` is undefined. */
    sealPdf: (ltvSdo: Uint8Array, stamper: Timestamper | undefined = timestamper) =>
      signPades({
        pdf: document,
        attachments: [
          {
            name: 'ltv-sdo-1.xml',
            description: 'LTV-SDO: Åse Prøve',
            mimeType: 'application/x-ltv-sdo',
            bytes: ltvSdo,
            modified: TEST_TIME,
          },
        ],
        key: pki.signerKey,
        signerName: 'Segl test',
        signingTime: TEST_TIME,
        ...(stamper && { timestamper: stamper }),
      }),
  };
}
