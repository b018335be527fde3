/** What a package tells of a message, compared with the message: the document by its bytes, or by the list of digests. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { NATIVE_XMLDSIG, type LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { writeDigestList } from '@segl/identity/methods/nemid/client/digest-list';
import { verifyNemIdEvidence } from '@segl/identity/methods/nemid/evidence/evidence';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import {
  writeNativeSignature,
  type SignatureProperty,
} from '@segl/sandbox/methods/nemid/client/native-signature';
import { createPki } from '../local-pki.ts';

const PDF = Buffer.from('%PDF-1.7\nnot much of a document');
const OTHER = Buffer.from('%PDF-1.7\nanother');

const listing = (...documents: Uint8Array[]): SignatureProperty => ({
  name: 'signicat',
  value: writeDigestList(documents.map((bytes) => ({ title: 'Aftale', mimeType: 'application/pdf', bytes }))),
  encoding: 'xml',
  visible: false,
});

const attached: SignatureProperty = { name: 'attachedpdf', value: PDF, encoding: 'base64', visible: false };

t.test('the document of a package is the one that the message lists', async (t) => {
  const pki = createPki();
  const person = pki.holder();
  const { validation } = await validateCertificate({
    leaf: person.certificate,
    intermediates: [pki.issuer],
    anchors: [pki.root],
    at: pki.clock.now(),
    revocation: new RevocationService({ post: pki.post, clock: pki.clock }),
  });
  const verified = (
    properties: readonly SignatureProperty[],
    native: Partial<LtvSdoContent['native']> = {},
    sha256 = createHash('sha256').update(PDF).digest(),
  ): Uint8Array | undefined =>
    verifyNemIdEvidence(
      {
        native: {
          ...NATIVE_XMLDSIG,
          bytes: writeNativeSignature({
            properties: [{ name: 'action', value: 'sign', encoding: 'xml', visible: false }, ...properties],
            key: person.privateKey,
            certificates: [person.certificate, pki.issuer, pki.root],
          }),
          signingTime: pki.clock.now(),
          validation,
          ...native,
        },
        signer: { displayName: 'Åse Prøve', uniqueId: '9208-2002-2-123456789012', attributes: [] },
        document: { mimeType: 'application/pdf', title: 'Aftale', sha256 },
      },
      [pki.root],
      'persons',
    ).document;

  t.same(verified([attached]), PDF, 'made before there were lists');
  t.same(verified([attached, listing(PDF)]), PDF);
  t.same(verified([listing(PDF)], { originalDocument: PDF }), PDF, 'as the commercial service packaged them');
  t.same(verified([listing(OTHER, PDF)], { originalDocument: PDF, bundleIndex: 1 }), PDF, 'in a bundle');

  const other = { code: 'EVIDENCE_INVALID', params: { why: { code: 'evidence/other-document' } } };
  const refused: Record<string, () => unknown> = {
    'carried, and another one listed': () => verified([attached, listing(OTHER)]),
    'listed, and nowhere to be had': () => verified([listing(PDF)]),
    'beside a message that lists another': () => verified([listing(OTHER)], { originalDocument: PDF }),
    'beside a message that binds nothing': () => verified([], { originalDocument: PDF }),
    'another one beside it': () => verified([listing(PDF)], { originalDocument: OTHER }),
    'at another place of the bundle': () =>
      verified([listing(OTHER, PDF)], { originalDocument: PDF, bundleIndex: 0 }),
    'at a place that the bundle has not': () =>
      verified([listing(PDF)], { originalDocument: PDF, bundleIndex: 1 }),
    'not the one that the package tells of': () =>
      verified([attached, listing(PDF)], {}, createHash('sha256').update(OTHER).digest()),
  };
  for (const [what, verify] of Object.entries(refused)) t.throws(verify, other, what);
});
