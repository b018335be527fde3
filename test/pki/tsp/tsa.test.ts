import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Oid } from '@segl/pki/asn1/oids';
import { readTimeStampToken, verifyTimeStampToken } from '@segl/pki/tsp/timestamp';
import { ManualClock } from '@segl/problem/clock';
import type { HttpPost } from '@segl/pki/revocation/http';
import { createSigningKey } from '@segl/pki/keys/keys';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { buildTimeStampRequest, createTimestamper, readTimeStampResponse } from '@segl/pki/tsp/tsa';
import { extendedKeyUsage, type CertificateExtension } from '@segl/sandbox/pki/extensions';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { createTestPki, issue, POLICY, TEST_TIME, TSA_URL } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';

const pki = createTestPki();
const content = randomBytes(1000);
const sha256 = createHash('sha256').update(content).digest();
const clock = new ManualClock(TEST_TIME);
const anchors = [pki.root.certificate.der];
const authority = { key: pki.tsaKey, now: TEST_TIME, policyOid: POLICY, serial: 0xabcdefn };
const stampWith = (post: HttpPost, time = clock) =>
  createTimestamper({ url: TSA_URL, anchors, post, clock: time })(() => sha256);
const reply = (body: Uint8Array, status = 200) => ({
  status,
  contentType: 'application/timestamp-reply',
  body,
});
const failed = (why: RegExp) => ({ code: 'TSA_FAILED', params: { url: TSA_URL }, message: why });

t.test('a token says what was asked', async (t) => {
  const nonce = randomBytes(16);
  nonce[0] = 0xff;
  const now = new Date('2026-03-01T12:00:00.250Z');
  const token = readTimeStampResponse(
    await answerTimestamp(buildTimeStampRequest(sha256, nonce), { ...authority, now }),
  );
  const stamp = verifyTimeStampToken(token, sha256);
  t.match(stamp, { genTime: now, imprintAlgorithm: 'sha256', policy: POLICY, serial: 'ABCDEF' });
  t.same(Buffer.from(stamp.nonce ?? []), nonce);
  t.same(stamp.certificate, pki.tsa.certificate.der);
  t.equal(stamp.certificates.length, 2);
  t.same(readTimeStampToken(token), stamp);
  t.throws(() => verifyTimeStampToken(token, randomBytes(32)), { code: 'TIMESTAMP_INVALID' });
});

t.test('openssl verifies our token and answers our request', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const dir = t.testdir({
    root: certificatesToPem(anchors),
    tsa: certificatesToPem([pki.tsa.certificate.der]),
    'tsa.key': pki.tsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    serial: '01\n',
    config: `[tsa]\ndefault_tsa = t\n[t]\nserial = ./serial\ndefault_policy = 1.2.3.4\ndigests = sha256\nsigner_digest = sha256\ness_cert_id_alg = sha256\n`,
  });
  const file = (name: string): string => join(dir, name);
  const nonce = randomBytes(16);
  const request = buildTimeStampRequest(sha256, nonce);
  writeFileSync(file('content'), content);
  writeFileSync(file('request'), request);
  writeFileSync(file('response'), await answerTimestamp(request, { ...authority, now: new Date() }));
  for (const against of [
    ['-data', file('content')],
    ['-queryfile', file('request')],
  ]) {
    const { code, output } = run(openssl, [
      'ts',
      '-verify',
      ...against,
      '-in',
      file('response'),
      '-CAfile',
      file('root'),
    ]);
    t.equal(code, 0, output);
  }

  writeFileSync(file('config'), readFileSync(file('config'), 'utf8').replace('./serial', file('serial')));
  const made = run(openssl, [
    ...['ts', '-reply', '-config', file('config'), '-queryfile', file('request'), '-out', file('made')],
    ...['-signer', file('tsa'), '-inkey', file('tsa.key')],
  ]);
  t.equal(made.code, 0, made.output);
  const stamp = verifyTimeStampToken(readTimeStampResponse(readFileSync(file('made'))), sha256);
  t.equal(stamp.policy, '1.2.3.4');
  t.same(Buffer.from(stamp.nonce ?? []), Buffer.from(readNonce(nonce)));
});

/** Without leading zeros, as INTEGERs come back. */
const readNonce = (nonce: Uint8Array): Uint8Array => {
  const first = nonce.findIndex((byte) => byte !== 0);
  return nonce.subarray(Math.max(first, 0));
};

t.test('the client takes a good token', async (t) => {
  const token = await stampWith(pki.post);
  t.same(verifyTimeStampToken(token, sha256).genTime, TEST_TIME);
});

t.test('the client refuses everything else', async (t) => {
  const honest: HttpPost = async (_url, body) => reply(await answerTimestamp(body, authority));
  await t.rejects(
    stampWith(async () => Promise.reject(new Error('down'))),
    failed(/does not answer/),
  );
  await t.rejects(
    stampWith(async () => reply(new Uint8Array(), 503)),
    failed(/HTTP status 503/),
  );
  await t.rejects(
    stampWith(async () => reply(Buffer.from('<html>'))),
    failed(/cannot be read/),
  );

  const old = await answerTimestamp(buildTimeStampRequest(sha256, randomBytes(16)), authority);
  await t.rejects(
    stampWith(async () => reply(old)),
    failed(/another request/),
  );
  await t.rejects(stampWith(honest, new ManualClock('2026-03-01T12:10:00Z')), failed(/its clock/));
  await t.rejects(
    stampWith(async () =>
      reply(await answerTimestamp(buildTimeStampRequest(randomBytes(32), randomBytes(16)), authority)),
    ),
    failed(/other data/),
  );
  await t.rejects(
    stampWith(async () => reply(await answerTimestamp(new Uint8Array(3), authority))),
    failed(/refused with status 2/),
  );

  const stranger = createTestPki();
  await t.rejects(stampWith(stranger.post), failed(/cannot be trusted/));
});

t.test('the signer of a token must be a time-stamp authority and nothing else', async (t) => {
  const tokenBy = async (...extensions: CertificateExtension[]): Promise<Uint8Array> => {
    const identity = issue([{ CN: 'tsa' }], extensions, { issuer: pki.root });
    const key = createSigningKey({ ...identity, certificate: identity.certificate.der, chain: anchors });
    return readTimeStampResponse(
      await answerTimestamp(buildTimeStampRequest(sha256, randomBytes(8)), { ...authority, key }),
    );
  };
  const refused = { code: 'TIMESTAMP_INVALID', params: { why: { code: 'timestamp/purpose' } } };
  const check = (token: Uint8Array) => () => verifyTimeStampToken(token, sha256);
  t.throws(check(await tokenBy()), refused);
  t.throws(check(await tokenBy(extendedKeyUsage(Oid.timeStamping, Oid.ocspSigning))), refused);
  t.throws(check(await tokenBy({ ...extendedKeyUsage(Oid.timeStamping), critical: false })), refused);
  t.doesNotThrow(check(await tokenBy(extendedKeyUsage(Oid.timeStamping))));
});

t.test('a token without certificates cannot be verified', async (t) => {
  const request = Uint8Array.from(buildTimeStampRequest(sha256, randomBytes(8)));
  request[request.length - 1] = 0; // certReq FALSE
  const token = readTimeStampResponse(await answerTimestamp(request, authority));
  t.throws(() => verifyTimeStampToken(token, sha256), { code: 'TIMESTAMP_INVALID' });
});

t.test('every changed bit of the time is noticed', async (t) => {
  const token = await stampWith(pki.post);
  const at = Buffer.from(token).indexOf('20260301120000Z');
  for (let offset = 0; offset < 15; offset++) {
    const changed = Uint8Array.from(token);
    changed[at + offset]! ^= 1;
    t.throws(() => verifyTimeStampToken(changed, sha256), { code: 'TIMESTAMP_INVALID' });
  }
});
