/** A signer whose issuing authority is told of by the list of its root only, as in the real hierarchy. */
import { Oid } from '@segl/pki/asn1/oids';
import { ManualClock } from '@segl/problem/clock';
import { createSigningKey } from '@segl/pki/keys/keys';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import { writeNativeSignature } from '@segl/sandbox/methods/nemid/client/native-signature';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
} from '@segl/sandbox/pki/extensions';
import { answerOcsp } from '@segl/sandbox/pki/ocsp-responder';
import { makeCrl } from './signatures/crl.ts';
import { SMALL, writePdf } from './pdf/pdf.ts';
import { issue, POLICY, TEST_TIME } from './signatures/test-pki.ts';

export async function createListedPerson() {
  const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
  const root = issue([{ CN: 'Root' }], authority);
  const ca = issue([{ CN: 'CA' }], [...authority, crlDistributionPoints({ url: 'http://crl.invalid/' })], {
    issuer: root,
  });
  const responder = issue([{ CN: 'OCSP' }], [extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()], {
    issuer: ca,
  });
  const person = issue(
    [{ C: 'DK' }, { CN: 'Åse Prøve', serialNumber: 'PID:9208-2002-2-123456789012' }],
    [
      keyUsage('digitalSignature', 'nonRepudiation'),
      authorityInfoAccess({ ocsp: ['http://ocsp.invalid/'] }),
      certificatePolicies({ oid: POLICY }),
      basicConstraints({ ca: false }),
    ],
    { issuer: ca, kind: 'RSA' },
  );
  const at = TEST_TIME;
  const hour = 3_600_000;
  const list = (entries: readonly Uint8Array[]): Uint8Array =>
    makeCrl(root, {
      thisUpdate: new Date(at.getTime() - hour),
      nextUpdate: new Date(at.getTime() + hour),
      entries,
    });
  const key = createSigningKey({
    privateKey: responder.privateKey,
    certificate: responder.certificate.der,
    chain: [ca.certificate.der],
  });
  const revocation = new RevocationService({
    clock: new ManualClock(at),
    get: async () => ({ status: 200, contentType: '', body: list([]) }),
    post: async (_url, body) => ({
      status: 200,
      contentType: '',
      body: await answerOcsp(body, {
        issuer: ca.certificate,
        lookup: () => ({ status: 'good' }),
        responder: key,
        now: at,
      }),
    }),
  });
  const { validation } = await validateCertificate({
    leaf: person.certificate.der,
    intermediates: [ca.certificate.der],
    anchors: [root.certificate.der],
    at,
    revocation,
  });
  const document = writePdf(SMALL);
  const property = (name: string, value: string | Uint8Array) =>
    ({ name, value, encoding: 'base64', visible: name === 'signtext' }) as const;
  const native = writeNativeSignature({
    properties: [property('signtext', 'Ja.'), property('action', 'sign'), property('attachedpdf', document)],
    key: person.privateKey,
    certificates: [person.certificate.der, ca.certificate.der, root.certificate.der],
  });
  return {
    at,
    native,
    document,
    validation,
    list,
    root: root.certificate.der,
    caSerial: ca.certificate.serial,
  };
}
