import { createHash, randomBytes } from 'node:crypto';
import t from 'tap';
import { signCades, verifyCms } from '@segl/ades/cades/sign';
import { verifyTimeStampToken } from '@segl/pki/tsp/timestamp';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { buildOcspRequest, checkOcspResponse } from '@segl/pki/revocation/ocsp';
import { buildPath } from '@segl/pki/x509/path';
import { buildTimeStampRequest, readTimeStampResponse } from '@segl/pki/tsp/tsa';
import { answerOcsp } from '@segl/sandbox/pki/ocsp-responder';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { createTestPki, POLICY, TEST_TIME } from '../../support/signatures/test-pki.ts';

const MUTATIONS = 2000;
const pki = createTestPki();
const certificate = pki.signer.certificate;
const issuer = pki.issuingCa.certificate;
const digest = createHash('sha256').update('content').digest();

/** Small deterministic generator, so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One to three changes: a bit, a byte, a cut, a doubled or a removed stretch. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let changed = Buffer.from(bytes);
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(changed.length);
    const length = 1 + random(8);
    const kind = random(5);
    if (kind === 0) changed[at]! ^= 1 << random(8);
    else if (kind === 1) changed[at] = random(256);
    else if (kind === 2) changed = changed.subarray(0, Math.max(1, at));
    else if (kind === 3) {
      changed = Buffer.concat([changed.subarray(0, at), changed.subarray(Math.max(0, at - length))]);
    } else
      changed = Buffer.concat([
        changed.subarray(0, at),
        Buffer.from([random(256)]),
        changed.subarray(at + length),
      ]);
  }
  return changed;
}

/**
 * `judge` answers or throws a SeglError for every truncation and many mutations of `valid`. `intact` tells whether an
 * answer is one that the original would have given as well.
 */
function attack<T>(
  t: {
    ok(value: boolean, name: string): unknown;
    equal(a: number, b: number, name: string): unknown;
    fail(name: string): unknown;
  },
  valid: Uint8Array,
  judge: (bytes: Uint8Array) => T,
  intact: (answer: T) => boolean,
): void {
  t.ok(intact(judge(valid)), 'the original is accepted');
  let refused = 0;
  const attempt = (bytes: Uint8Array, what: string): void => {
    const started = performance.now();
    try {
      if (!intact(judge(bytes))) t.fail(`${what} gave a wrong answer`);
    } catch (error) {
      refused++;
      if (!isSeglError(error)) t.fail(`${what} threw ${String(error)}`);
    }
    if (performance.now() - started > 500) t.fail(`${what} took too long`);
  };
  for (let length = 0; length < valid.length; length++)
    attempt(valid.subarray(0, length), `cut to ${length}`);
  t.equal(refused, valid.length, 'every truncation is refused');
  const random = generator(valid.length);
  for (let index = 0; index < MUTATIONS; index++) attempt(mutate(valid, random), `mutation ${index}`);
  t.ok(refused > valid.length + MUTATIONS * 0.8, `${refused} refused`);
}

t.test('certificates', async (t) => {
  attack(
    t,
    certificate.der,
    (der) =>
      buildPath({
        leaf: parseCertificate(der),
        intermediates: [issuer],
        anchors: [pki.root.certificate],
        at: TEST_TIME,
      }),
    ([leaf]) => leaf?.subjectDn === certificate.subjectDn && leaf.serialNumber === certificate.serialNumber,
  );
});

t.test('OCSP answers', async (t) => {
  const nonce = randomBytes(32);
  const der = await answerOcsp(buildOcspRequest({ certificate, issuer, nonce }), {
    issuer,
    lookup: () => ({ status: 'good' }),
    responder: pki.responderKey,
    now: TEST_TIME,
  });
  attack(
    t,
    der,
    (bytes) => checkOcspResponse(bytes, { certificate, issuer, at: TEST_TIME, nonce }),
    ({ status, thisUpdate }) => status === 'good' && thisUpdate.getTime() === TEST_TIME.getTime(),
  );
});

t.test('time-stamps', async (t) => {
  const token = readTimeStampResponse(
    await answerTimestamp(buildTimeStampRequest(digest, randomBytes(16)), {
      key: pki.tsaKey,
      now: TEST_TIME,
      policyOid: POLICY,
      serial: 1,
    }),
  );
  attack(
    t,
    token,
    (bytes) => verifyTimeStampToken(bytes, digest),
    ({ genTime, policy }) => genTime.getTime() === TEST_TIME.getTime() && policy === POLICY,
  );
});

t.test('CMS signatures', async (t) => {
  attack(
    t,
    await signCades({ digest, key: pki.signerKey }),
    (bytes) => verifyCms(bytes, digest),
    (verified) => Buffer.compare(verified.certificate, certificate.der) === 0,
  );
});

t.test('requests to the responder and the authority always get an answer', async (t) => {
  const random = generator(7);
  const ocsp = buildOcspRequest({ certificate, issuer, nonce: randomBytes(32) });
  const stamp = buildTimeStampRequest(digest, randomBytes(16));
  for (let index = 0; index < 500; index++) {
    const answer = await answerOcsp(mutate(ocsp, random), {
      issuer,
      lookup: () => undefined,
      responder: pki.responderKey,
      now: TEST_TIME,
    });
    const token = await answerTimestamp(mutate(stamp, random), {
      key: pki.tsaKey,
      now: TEST_TIME,
      policyOid: POLICY,
      serial: index,
    });
    if (answer.length < 5 || token.length < 5) t.fail('no answer');
  }
  t.pass('all answered');
});
