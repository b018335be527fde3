import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Oid } from '@segl/pki/asn1/oids';
import { ManualClock } from '@segl/problem/clock';
import { parseCertificate } from '@segl/pki/x509/certificate';
import type { HttpPost } from '@segl/pki/revocation/http';
import { createSigningKey } from '@segl/pki/keys/keys';
import { buildOcspRequest, checkOcspResponse } from '@segl/pki/revocation/ocsp';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import {
  authorityInfoAccess,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  type CertificateExtension,
} from '@segl/sandbox/pki/extensions';
import { answerOcsp } from '@segl/sandbox/pki/ocsp-responder';
import {
  createTestPki,
  issue,
  OCSP_URL,
  TEST_TIME,
  type Identity,
} from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { vector } from '../../support/signatures/vectors.ts';

const pki = createTestPki();
const certificate = pki.signer.certificate;
const issuer = pki.issuingCa.certificate;
const refused = (why: RegExp) => ({ code: 'OCSP_INVALID', message: why });
const hours = (count: number): Date => new Date(TEST_TIME.getTime() + count * 3_600_000);

const keyOf = ({ certificate: own, privateKey }: Identity, ...chain: Identity[]) =>
  createSigningKey({ privateKey, certificate: own.der, chain: chain.map((one) => one.certificate.der) });

const answer = (
  request: Uint8Array,
  overrides: Partial<Parameters<typeof answerOcsp>[1]> = {},
): Promise<Uint8Array> =>
  answerOcsp(request, {
    issuer,
    lookup: (serialNumber) => pki.statuses.get(serialNumber),
    responder: pki.responderKey,
    now: TEST_TIME,
    ...overrides,
  });

t.test('a real answer of the OCES test system is good at its time, and only then and only so', async (t) => {
  const folder = vector(t, 'nemid');
  if (!folder) return;
  const der = readFileSync(join(folder, 'ocsp', 'ocsp_good_systemtest34_2021-04-19.der'));
  const ca = parseCertificate(
    readFileSync(join(folder, 'certs', 'ca', 'TRUST2408-Systemtest-XXXIV-CA.5baa3fb7.der')),
  );
  // the certificate that was asked about is not public: only its serial number is known
  const taina = parseCertificate(
    readFileSync(join(folder, 'certs', 'leaf', 'laravel-nemid_nemid-POCES-personal-valid.der')),
  );
  const asked = Object.create(taina, {
    serial: { value: Uint8Array.of(0x5f, 0x9c, 0x32, 0x4b) },
  }) as typeof taina;
  const at = new Date('2021-04-19T15:00:00Z');
  const result = checkOcspResponse(der, { certificate: asked, issuer: ca, at, allowSha1: true });
  t.equal(result.status, 'good');
  t.same(result.thisUpdate, new Date('2021-04-19T11:35:08Z'));
  t.same(result.nextUpdate, new Date('2021-04-20T02:50:17Z'));
  t.same(result.producedAt, new Date('2021-04-19T14:50:17Z'));
  t.match(result.responder.commonName, /OCSP Responder 02/);

  const check = (overrides: object) => () =>
    checkOcspResponse(der, { certificate: asked, issuer: ca, at, allowSha1: true, ...overrides });
  t.throws(check({ allowSha1: false }), refused(/SHA-1/));
  t.throws(check({ certificate: taina }), refused(/does not tell/));
  t.throws(check({ nonce: randomBytes(16) }), refused(/nonce/));
  t.throws(check({ at: new Date('2021-04-20T12:00:00Z') }), refused(/out of date/));
  t.throws(check({ at: new Date('2021-04-19T10:00:00Z') }), refused(/after that time/));
  t.throws(check({ at: new Date('2026-01-01') }), refused(/cannot be used: it expired/));
  const unauthorized = readFileSync(join(folder, 'ocsp', 'ocsp_unauthorized.der'));
  t.throws(
    () => checkOcspResponse(unauthorized, { certificate: taina, issuer: ca, at }),
    refused(/says unauthorized/),
  );
});

t.test('question and answer fit, for both digests, with and without a nonce', async (t) => {
  for (const digest of ['sha1', 'sha256'] as const) {
    for (const nonce of [undefined, randomBytes(32)]) {
      const given = nonce && { nonce };
      const der = await answer(buildOcspRequest({ certificate, issuer, digest, ...given }));
      const result = checkOcspResponse(der, { certificate, issuer, at: TEST_TIME, ...given });
      t.equal(result.status, 'good');
      t.same(result.responder.der, pki.responder.certificate.der);
      t.throws(
        () => checkOcspResponse(der, { certificate, issuer, at: TEST_TIME, nonce: randomBytes(32) }),
        refused(/nonce/),
      );
    }
  }
});

t.test('revoked and unknown are told', async (t) => {
  const request = buildOcspRequest({ certificate, issuer });
  const revokedAt = new Date('2026-02-01T10:00:00Z');
  const revoked = await answer(request, { lookup: () => ({ status: 'revoked', revokedAt }) });
  t.match(checkOcspResponse(revoked, { certificate, issuer, at: TEST_TIME }), {
    status: 'revoked',
    revokedAt,
  });
  const unknown = await answer(request, { lookup: () => undefined });
  t.equal(checkOcspResponse(unknown, { certificate, issuer, at: TEST_TIME }).status, 'unknown');
});

t.test('the responder refuses what it must', async (t) => {
  const stranger = createTestPki();
  const other = buildOcspRequest({
    certificate: stranger.signer.certificate,
    issuer: stranger.issuingCa.certificate,
  });
  t.throws(
    () => checkOcspResponse(Buffer.from('30030a0106', 'hex'), { certificate, issuer, at: TEST_TIME }),
    refused(/unauthorized/),
  );
  t.same(await answer(other), Uint8Array.from(Buffer.from('30030a0106', 'hex')), 'unauthorized');
  t.same(
    await answer(randomBytes(40).fill(0)),
    Uint8Array.from(Buffer.from('30030a0101', 'hex')),
    'malformed',
  );
});

t.test('only the issuer or its delegate may answer', async (t) => {
  const request = buildOcspRequest({ certificate, issuer });
  const checked = async (identity: Identity, issuers: Identity[] = [pki.issuingCa]) => {
    const der = await answer(request, { responder: keyOf(identity, ...issuers) });
    return () => checkOcspResponse(der, { certificate, issuer, at: TEST_TIME });
  };
  const delegate = (
    extensions: CertificateExtension[],
    options: Parameters<typeof issue>[2] = {},
  ): Identity => issue([{ CN: 'delegate' }], extensions, { issuer: pki.issuingCa, ...options });
  const purposes = [extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()];

  t.equal((await checked(pki.issuingCa, [pki.root]))().responder.commonName, 'Segl Test Issuing CA');
  t.equal((await checked(delegate(purposes)))().status, 'good');
  t.throws(await checked(delegate([ocspNoCheck()])), refused(/not one for OCSP/));
  t.throws(await checked(delegate([extendedKeyUsage(Oid.ocspSigning)])), refused(/nocheck/));
  t.throws(await checked(delegate([...purposes, keyUsage('keyEncipherment')])), refused(/may not sign/));
  t.throws(
    await checked(delegate(purposes, { notAfter: new Date('2026-02-01') })),
    refused(/cannot be used: it expired/),
  );
  t.throws(await checked(delegate(purposes, { issuer: pki.root }), [pki.root]), refused(/another issuer/));
  const impostor = issue(
    [{ C: 'DK' }, { O: 'Segl test' }, { CN: 'Segl Test Issuing CA' }],
    [basicConstraints({ ca: true })],
  );
  t.throws(await checked(delegate(purposes, { issuer: impostor }), [impostor]), refused(/does not fit/));
});

t.test('answers are fresh or refused', async (t) => {
  const der = await answer(buildOcspRequest({ certificate, issuer }), { validForMs: 3_600_000 });
  const at = (time: Date) => () => checkOcspResponse(der, { certificate, issuer, at: time });
  t.equal(at(hours(0.99))().status, 'good');
  t.throws(at(hours(1.2)), refused(/out of date/));
  t.throws(at(hours(-0.2)), refused(/after that time/));
});

t.test('openssl understands our question and our answer', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const nonce = randomBytes(32);
  const request = buildOcspRequest({ certificate, issuer, nonce });
  const response = await answer(request, { now: new Date() });
  const dir = t.testdir({
    root: certificatesToPem([pki.root.certificate.der]),
    ca: certificatesToPem([issuer.der]),
    leaf: certificatesToPem([certificate.der]),
    bundle: certificatesToPem([pki.root.certificate.der, issuer.der]),
  });
  const file = (name: string): string => join(dir, name);
  writeFileSync(file('request'), request);
  writeFileSync(file('response'), response);
  const verified = run(openssl, [
    ...[
      'ocsp',
      '-no_nonce',
      '-reqin',
      file('request'),
      '-respin',
      file('response'),
      '-CAfile',
      file('bundle'),
    ],
    ...['-issuer', file('ca'), '-cert', file('leaf')],
  ]);
  t.match(verified.output, 'Response verify OK');
  t.match(verified.output, /leaf: good/);
  t.notMatch(verified.output, /WARNING|Nonce Verify error/);

  // openssl as responder
  const responder = issue([{ CN: 'openssl' }], [extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()], {
    issuer: pki.issuingCa,
  });
  writeFileSync(file('key'), responder.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(file('responder'), certificatesToPem([responder.certificate.der]));
  writeFileSync(
    file('index'),
    `R\t351231235959Z\t260201000000Z,keyCompromise\t${certificate.serialNumber}\tunknown\t/CN=x\n`,
  );
  const made = run(openssl, [
    ...[
      'ocsp',
      '-index',
      file('index'),
      '-CA',
      file('ca'),
      '-rsigner',
      file('responder'),
      '-rkey',
      file('key'),
    ],
    ...['-reqin', file('request'), '-respout', file('made'), '-ndays', '1'],
  ]);
  t.equal(made.code, 0, made.output);
  const result = checkOcspResponse(readFileSync(file('made')), {
    certificate,
    issuer,
    at: new Date(),
    nonce,
  });
  t.match(result, { status: 'revoked', revokedAt: new Date('2026-02-01T00:00:00Z') });
});

t.test('RevocationService', async (t) => {
  const service = (post: HttpPost = pki.post) => {
    const clock = new ManualClock(TEST_TIME);
    return { clock, revocation: new RevocationService({ post, clock }) };
  };
  const asked = (): number => pki.calls.filter((url) => url === OCSP_URL).length;

  t.test('equal questions at once are asked once, and the answer is kept for a while', async (t) => {
    const { clock, revocation } = service();
    const before = asked();
    const answers = await Promise.all(Array.from({ length: 20 }, () => revocation.ocsp(certificate, issuer)));
    t.equal(asked() - before, 1);
    t.equal(new Set(answers).size, 1);
    t.match(answers[0], { url: OCSP_URL, result: { status: 'good' } });
    clock.advance(9 * 60_000);
    await revocation.ocsp(certificate, issuer);
    t.equal(asked() - before, 1);
    clock.advance(2 * 60_000);
    await revocation.ocsp(certificate, issuer);
    t.equal(asked() - before, 2);
  });

  t.test('an answer is not used beyond its nextUpdate', async (t) => {
    let count = 0;
    const { clock, revocation } = service(async (_url, body) => {
      count++;
      const der = await answer(body, { now: clock.now(), validForMs: 60_000 });
      return { status: 200, contentType: 'application/ocsp-response', body: der };
    });
    await revocation.ocsp(certificate, issuer);
    clock.advance(61_000);
    await revocation.ocsp(certificate, issuer);
    t.equal(count, 2);
  });

  t.test('a replayed answer is refused', async (t) => {
    const old = await answer(buildOcspRequest({ certificate, issuer, nonce: randomBytes(32) }));
    const { revocation } = service(async () => ({ status: 200, contentType: '', body: old }));
    await t.rejects(revocation.ocsp(certificate, issuer), refused(/nonce/));
  });

  t.test('no answer is said so, and asked again next time', async (t) => {
    let up = false;
    const { revocation } = service((...request) =>
      up ? pki.post(...request) : Promise.reject(new Error('down')),
    );
    await t.rejects(revocation.ocsp(certificate, issuer), {
      code: 'REVOCATION_UNAVAILABLE',
      params: { url: OCSP_URL },
    });
    up = true;
    t.equal((await revocation.ocsp(certificate, issuer)).result.status, 'good');
    const { revocation: broken } = service(async () => ({
      status: 500,
      contentType: '',
      body: new Uint8Array(),
    }));
    await t.rejects(broken.ocsp(certificate, issuer), { code: 'REVOCATION_UNAVAILABLE' });
  });

  t.test('the second responder is asked when the first does not answer', async (t) => {
    const two = issue([{ CN: 'two' }], [authorityInfoAccess({ ocsp: ['http://down.invalid/', OCSP_URL] })], {
      issuer: pki.issuingCa,
    });
    pki.statuses.set(two.certificate.serialNumber, { status: 'good' });
    const { revocation } = service();
    t.equal((await revocation.ocsp(two.certificate, issuer)).url, OCSP_URL);
  });
});

t.test('validateCertificate', async (t) => {
  const validate = (leaf: Identity = pki.signer, at = TEST_TIME) =>
    validateCertificate({
      leaf: leaf.certificate.der,
      intermediates: [issuer.der],
      anchors: [pki.root.certificate.der],
      at,
      revocation: new RevocationService({ post: pki.post, clock: new ManualClock(TEST_TIME) }),
    });
  const serial = certificate.serialNumber;

  t.test('gives the path and everything a later validation needs', async (t) => {
    const { path, validation, ocspUrls } = await validate();
    t.same(
      path.map((one) => one.commonName),
      ['Åse Møller', 'Segl Test Issuing CA', 'Segl Test Root'],
    );
    t.same(
      validation.certificates.map((der) => parseCertificate(der).commonName),
      ['Åse Møller', 'Segl Test Issuing CA', 'Segl Test Root', 'Segl Test OCSP Responder'],
    );
    t.equal(validation.ocsps.length, 1);
    t.same(validation.crls, []);
    t.same(ocspUrls, [OCSP_URL]);
    const [der] = validation.ocsps;
    t.equal(checkOcspResponse(der!, { certificate, issuer, at: TEST_TIME }).status, 'good');
  });

  t.test('a revoked certificate is refused with the time', async (t) => {
    t.teardown(() => pki.statuses.set(serial, { status: 'good' }));
    pki.statuses.set(serial, { status: 'revoked', revokedAt: new Date('2026-02-01T10:00:00Z') });
    await t.rejects(validate(), {
      code: 'CERT_REVOKED',
      params: { when: { params: { at: new Date('2026-02-01T10:00:00.000Z') } } },
    });
  });

  t.test('a certificate that the responder does not know is refused', async (t) => {
    t.teardown(() => pki.statuses.set(serial, { status: 'good' }));
    pki.statuses.delete(serial);
    await t.rejects(validate(), { code: 'CERT_STATUS_UNKNOWN' });
  });

  t.test('a certificate without a responder is refused, and so is an anchor', async (t) => {
    await t.rejects(validate(issue([{ CN: 'silent' }], [], { issuer: pki.issuingCa })), {
      code: 'CERT_STATUS_UNKNOWN',
      params: { subject: 'CN=silent' },
    });
    await t.rejects(validate(pki.root), { code: 'CERT_STATUS_UNKNOWN' });
  });

  t.test('the path comes first: nobody is asked about strangers', async (t) => {
    const before = pki.calls.length;
    await t.rejects(validate(createTestPki().signer), { code: 'CERT_PATH_INVALID' });
    await t.rejects(validate(pki.signer, new Date('2040-01-01')), { code: 'CERT_PATH_INVALID' });
    t.equal(pki.calls.length, before);
  });
});
