import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { LtvSdoContent, NativeSignature } from '@segl/identity/evidence/ltvsdo/content';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { isSeglError } from '@segl/problem/errors';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { createSigningKey } from '@segl/pki/keys/keys';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { ManualClock } from '@segl/problem/clock';
import { authorityInfoAccess, basicConstraints, keyUsage } from '@segl/sandbox/pki/extensions';
import { createEvidence } from '../../support/signatures/evidence.ts';
import { sealPolicy } from '../../support/signatures/ltvsdo.ts';
import { createTestPki, issue, OCSP_URL, TEST_TIME } from '../../support/signatures/test-pki.ts';
import { trusting } from '../../support/server/methods.ts';
import { every } from '../../support/sweep.ts';

const { content, nemid, person, pki, seal, trust, validation } = await createEvidence();
const sealed = await seal(content);

// many thousand verifications
t.setTimeout(120_000);

type Trust = typeof trust;

/** Code of the refusal; undefined when it verifies. */
function refusalOf(bytes: Uint8Array, own: Partial<Trust> = {}): string | undefined {
  try {
    verifyPackage(bytes, { ...trust, ...own });
    return undefined;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
}

const sealWith = (change: Partial<ValidationData>): Promise<Uint8Array> =>
  seal(content, { validation: { ...validation, ...change } });

const sealNative = (change: Partial<NativeSignature>): Promise<Uint8Array> =>
  seal({ ...content, native: { ...content.native, ...change } });

const withNative = (change: Partial<ValidationData>): Promise<Uint8Array> =>
  sealNative({ validation: { ...content.native.validation, ...change } });

/** An answer of the seal's responder as of now, whatever it says. */
const askAbout = async (certificate: Certificate): Promise<Uint8Array> => {
  const revocation = new RevocationService({ post: pki.post, clock: new ManualClock(TEST_TIME) });
  return (await revocation.ocsp(certificate, pki.issuingCa.certificate)).der;
};

t.test('a package is verified from what is in it and the trust anchors', async (t) => {
  const verified = verifyPackage(sealed, trust);
  t.equal(verified.content.signer.uniqueId, content.signer.uniqueId);
  t.same(
    verified.sealPath.map(({ commonName }) => commonName),
    ['Åse Møller', 'Segl Test Issuing CA', 'Segl Test Root'],
  );
  t.same(
    verified.signerPath.map(({ commonName }) => commonName),
    ['Åse Prøve', 'Segl Test OCES CA I', 'Segl Test OCES Primary CA'],
  );
});

t.test('every changed byte is noticed', async (t) => {
  // a short package, as the policy allows it: all of its parts, each once
  const [event] = content.creationAuditTrail;
  const short = await seal({
    ...content,
    creationAuditTrail: [event!],
    verificationAuditTrail: [],
    native: { ...content.native, validation: { ...content.native.validation, certificates: [] } },
  });
  const bytes = Buffer.from(short);
  const missed: number[] = [];
  for (let at = 0; at < bytes.length; at += every(7)) {
    const byte = bytes[at]!;
    bytes[at] = byte ^ (1 << (at % 8));
    if (!refusalOf(bytes)) missed.push(at);
    bytes[at] = byte;
  }
  t.same(missed, []);
  t.equal(refusalOf(bytes), undefined, 'and undone it verifies again');
});

t.test('paths must end at the anchors that were given, each at its own', async (t) => {
  const stranger = createTestPki().root.certificate.der;
  t.equal(refusalOf(sealed, { sealAnchors: [stranger] }), 'CERT_PATH_INVALID');
  t.equal(refusalOf(sealed, { signers: trusting([stranger]) }), 'CERT_PATH_INVALID');
  t.equal(refusalOf(sealed, { sealAnchors: [...trust.signers.anchors['nemid']!] }), 'CERT_PATH_INVALID');
  t.equal(refusalOf(sealed, { signers: trusting(trust.sealAnchors) }), 'CERT_PATH_INVALID');
  t.equal(refusalOf(sealed, { sealAnchors: [] }), 'CERT_PATH_INVALID');
  t.equal(
    refusalOf(sealed, { sealAnchors: [pki.issuingCa.certificate.der] }),
    undefined,
    'an anchor may stand below the top',
  );
});

t.test('the seal: revoked, unknown and unanswered certificates are refused', async (t) => {
  const { certificate } = pki.signer;
  pki.statuses.set(certificate.serialNumber, { status: 'revoked', revokedAt: TEST_TIME });
  const revoked = await askAbout(certificate);
  pki.statuses.delete(certificate.serialNumber);
  const unknown = await askAbout(certificate);
  pki.statuses.set(certificate.serialNumber, { status: 'good' });
  t.equal(refusalOf(await sealWith({ ocsps: [revoked] })), 'CERT_REVOKED');
  t.equal(refusalOf(await sealWith({ ocsps: [...validation.ocsps, revoked] })), 'CERT_REVOKED');
  t.equal(refusalOf(await sealWith({ ocsps: [unknown] })), 'CERT_STATUS_UNKNOWN');
  t.equal(refusalOf(await sealWith({ ocsps: content.native.validation.ocsps })), 'OCSP_INVALID');
  t.equal(refusalOf(await sealWith({ crls: [randomBytes(9)] })), 'CRL_INVALID');
});

t.test('the seal: it is judged at the time that it states', async (t) => {
  const sealAt = (text: string) =>
    sealLtvSdo(content, { key: pki.signerKey, signingTime: new Date(text), policy: sealPolicy, validation });
  t.equal(refusalOf(await sealAt('2026-03-01T11:50:00Z')), undefined, 'a slow responder');
  t.equal(refusalOf(await sealAt('2026-03-01T20:00:00Z')), undefined, 'the answer is still fresh');
  t.equal(refusalOf(await sealAt('2026-03-01T11:30:00Z')), 'OCSP_INVALID', 'the answer came later');
  t.equal(refusalOf(await sealAt('2026-03-02T01:00:00Z')), 'OCSP_INVALID', 'the answer is out of date');
  t.equal(refusalOf(await sealAt('2023-03-01T12:00:00Z')), 'CERT_PATH_INVALID', 'not valid yet');
  t.equal(refusalOf(await sealAt('2037-03-01T12:00:00Z')), 'CERT_PATH_INVALID', 'expired');
});

t.test('the seal: its key must be one for signatures', async (t) => {
  const server = issue(
    [{ CN: 'www.test.invalid' }],
    [keyUsage('keyEncipherment'), authorityInfoAccess({ ocsp: [OCSP_URL] }), basicConstraints({ ca: false })],
    { issuer: pki.issuingCa, kind: 'EC-P256' },
  );
  pki.statuses.set(server.certificate.serialNumber, { status: 'good' });
  const bytes = await sealLtvSdo(content, {
    key: createSigningKey({
      privateKey: server.privateKey,
      certificate: server.certificate.der,
      chain: pki.signerKey.chain,
    }),
    signingTime: TEST_TIME,
    policy: sealPolicy,
    validation: { certificates: [], crls: [], ocsps: [await askAbout(server.certificate)] },
  });
  t.throws(() => verifyPackage(bytes, trust), { code: 'EVIDENCE_INVALID', message: /not for signatures/ });
});

t.test('the signer: path and answers count as of the signing time', async (t) => {
  const leaf = parseCertificate(person.certificate);
  const ask = async (): Promise<Uint8Array> => {
    const revocation = new RevocationService({ post: nemid.post, clock: nemid.clock });
    return (await revocation.ocsp(leaf, parseCertificate(nemid.issuer))).der;
  };
  nemid.setStatus(person.certificate, { status: 'revoked', revokedAt: nemid.clock.now() });
  t.equal(refusalOf(await withNative({ ocsps: [await ask()] })), 'CERT_REVOKED');
  nemid.setStatus(person.certificate, { status: 'good' });
  t.equal(refusalOf(await withNative({ ocsps: [] })), 'CERT_STATUS_UNKNOWN');
  t.equal(refusalOf(await withNative({ ocsps: [randomBytes(20)] })), 'OCSP_INVALID');
  t.equal(refusalOf(await withNative({ ocsps: validation.ocsps })), 'OCSP_INVALID');
  t.equal(refusalOf(await sealNative({ signingTime: TEST_TIME })), 'CERT_PATH_INVALID', 'expired by then');
  nemid.clock.set(new Date(nemid.clock.now().getTime() + 3 * 86_400_000));
  t.equal(refusalOf(await withNative({ ocsps: [await ask()] })), 'OCSP_INVALID', 'asked three days later');
});

t.test('the signer: evidence has what the message does not carry, and nothing else', async (t) => {
  const { certificates } = content.native.validation;
  t.equal(refusalOf(await withNative({ certificates: [] })), undefined, 'the message carries its path');
  const damaged = Buffer.from(nemid.issuer);
  damaged[damaged.length - 1]! ^= 1;
  for (const stranger of [pki.signer.certificate.der, pki.root.certificate.der, damaged]) {
    t.equal(refusalOf(await withNative({ certificates: [...certificates, stranger] })), 'EVIDENCE_INVALID');
  }
  t.equal(refusalOf(await withNative({ certificates: [randomBytes(30)] })), 'ASN1_INVALID');
});

t.test('the package tells of the one who signed and of what was signed', async (t) => {
  const refused = async (change: Partial<LtvSdoContent>, code: string | undefined, message: string) =>
    t.equal(refusalOf(await seal({ ...content, ...change })), code, message);
  const { signer, document } = content;
  await refused({ signer: { ...signer, uniqueId: `PID:${signer.uniqueId}` } }, undefined, 'PID in full');
  await refused({ signer: { ...signer, uniqueId: '9208-2002-2-1' } }, 'EVIDENCE_INVALID', 'another signer');
  await refused({ document: { ...document, sha256: randomBytes(32) } }, 'EVIDENCE_INVALID', 'another PDF');
  await refused({ packagingPolicy: 'urn:other:1.0' }, 'EVIDENCE_INVALID', 'made by unknown rules');
  const native = Buffer.from(content.native.bytes);
  native[native.indexOf('<openoces:Value') + 60]! ^= 1;
  await refused(
    { native: { ...content.native, bytes: native } },
    'NATIVE_SIGNATURE_REFUSED',
    'a changed text',
  );
});
