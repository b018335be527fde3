/** Identity evidence: what is committed to, what is read, and what is judged of it. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import {
  commitmentHash,
  commitTo,
  nonceOf,
  shortCode,
  shownText,
} from '@segl/identity/evidence/identity/commitment';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import {
  firstFailure,
  judgeIdentityEvidence,
  type ToldEvidence,
} from '@segl/identity/evidence/identity/judge';
import { MAX_EVIDENCE, readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { carried, hashedNationalId, reduceEvidence, withId } from '@segl/identity/evidence/identity/write';
import { concluding } from '@segl/ades/validation/reports/report';
import {
  evidenceOf,
  parsed,
  RECEIVED,
  told,
  tokenKey,
  writeToken,
  type Content,
  type EvidenceOptions,
} from '../../../support/signatures/identity-evidence.ts';
import { concluded } from '../../../support/signatures/validation.ts';
import { every } from '../../../support/sweep.ts';

const judge = (bytes: Uint8Array, about: ToldEvidence = told) =>
  judgeIdentityEvidence(readIdentityEvidence(bytes), about);

const failureOf = (bytes: Uint8Array, about: ToldEvidence = told): string | undefined => {
  const failure = firstFailure(judge(bytes, about));
  return failure && `${failure.check} ${failure.why.code}`;
};

const conclusionOf = (bytes: Uint8Array, about: ToldEvidence = told): string => {
  const failed = judge(bytes, about).findings.find(({ outcome }) => outcome === 'failed');
  return concluded(concluding(failed?.subIndication));
};

/** Written again after a change, with hashes that fit: what somebody would do who has no key. */
const forged = (bytes: Uint8Array, change: (evidence: IdentityEvidence) => object): Buffer =>
  Buffer.from(canonicalJson(withId(change(parsed(bytes)) as IdentityEvidence)));

t.test('a commitment: its hash, its code, and the text that ends with it', (t) => {
  const about = {
    ...{ service: 'demo', session: 's', documents: [], level: 'low' as const },
    consent: { text: 'Underskriv: Købekontrakt', language: 'da' },
  };
  const around = { now: RECEIVED, random: () => new Uint8Array(32) };
  const commitment = commitTo(about, around);
  t.equal(
    commitmentHash(commitment).toString('hex'),
    commitmentHash(commitTo(about, around)).toString('hex'),
  );
  t.not(nonceOf(commitTo(about, { ...around, random: randomBytes })), nonceOf(commitment), 'salted');
  t.match(shortCode(commitment), /^[A-Z2-7]{8}$/);
  // RFC 4648, section 6: the first five bytes of the hash
  const five = [...commitmentHash(commitment).subarray(0, 5)].map((byte) =>
    byte.toString(2).padStart(8, '0'),
  );
  const letters = (five.join('').match(/.{5}/g) ?? []).map(
    (bits) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(bits, 2)],
  );
  t.equal(shortCode(commitment), letters.join(''));
  t.equal(shownText(commitment, 130), `Underskriv: Købekontrakt ${shortCode(commitment)}`);
  for (const text of ['æ'.repeat(500), '😀'.repeat(100), 'x'.repeat(121), 'x'.repeat(122)]) {
    const long = { ...commitment, consent: { text, language: 'da' } };
    const shown = shownText(long, 130);
    t.ok(shown.length <= 130, 'fits');
    t.equal(shown.slice(-8), shortCode(long), 'and the code is there');
    t.notMatch(shown, /[\ud800-\udbff](?![\udc00-\udfff])/, 'no half characters');
  }
  t.end();
});

t.test('a sound one passes, by every algorithm', (t) => {
  for (const alg of ['ES256', 'RS256', 'PS256'] as const)
    t.equal(failureOf(evidenceOf({ key: tokenKey(alg) })), undefined, alg);
  t.equal(conclusionOf(evidenceOf()), 'TOTAL-PASSED');
  t.equal(failureOf(evidenceOf({ binding: 'sha256:ab' }), { at: RECEIVED, binding: 'sha256:ab' }), undefined);
  t.end();
});

t.test('no byte can be changed', (t) => {
  const bytes = evidenceOf();
  for (let place = 0; place < bytes.length; place += every(7)) {
    const changed = Buffer.from(bytes);
    changed[place]! ^= 1 + (place % 255);
    t.throws(() => readIdentityEvidence(changed), { code: 'EVIDENCE_INVALID' }, `byte ${place}`);
  }
  t.end();
});

t.test('what a token must say', (t) => {
  const now = Math.floor(RECEIVED.getTime() / 1000);
  const cases: readonly (readonly [string, EvidenceOptions])[] = [
    ['challenge id-token/nonce', { claims: { nonce: 'another' } }],
    ['issuer id-token/issuer', { claims: { iss: 'https://other.example.com' } }],
    ['receiver id-token/audience', { claims: { aud: 'another' } }],
    ['receiver id-token/audience', { claims: { aud: ['segl', 'another'] } }],
    ['receiver id-token/audience', { claims: { azp: 'another' } }],
    ['valid-in-time id-token/expired', { claims: { exp: now - 61 } }],
    ['valid-in-time id-token/not-yet', { claims: { iat: now + 62 } }],
    ['valid-in-time id-token/not-yet', { claims: { nbf: now + 62 } }],
    ['valid-in-time id-token/no-times', { claims: { exp: undefined } }],
    ['authenticated-anew id-token/authenticated', { claims: { auth_time: now - 20 } }],
    ['level id-token/level', { claims: { loa: 'LOW' } }],
    ['level id-token/level', { claims: { loa: undefined } }],
    ['level id-token/level-too-low', { level: 'high' }],
    ['eid id-token/other-eid', { claims: { scheme: 'other' } }],
    ['text-shown id-token/text', { claims: { text: 'Log on' } }],
    ['no-test id-token/test', { claims: { simulated: 'true' } }],
    ['identity identity-evidence/claim', { claims: { uuid: 'another' } }],
    ['identity identity-evidence/claim', { claims: { name: 'Another' } }],
    ['identity identity-evidence/claim', { claims: { number: '1111111118' } }],
    ['core jws/algorithm', { header: { alg: 'none' } }],
    ['core jws/algorithm', { header: { alg: 'HS256' } }],
    ['core jws/key-unknown', { header: { alg: 'ES384' } }],
    ['core jws/critical', { header: { crit: ['b64'] } }],
    ['core jws/critical', { header: { b64: false } }],
    ['core jws/key-unknown', { header: { kid: 'key-2' } }],
  ];
  for (const [failure, options] of cases)
    t.equal(failureOf(evidenceOf(options)), failure, JSON.stringify(options));
  t.equal(failureOf(evidenceOf({ level: 'low' })), undefined, 'more than was asked for');
  t.equal(failureOf(evidenceOf({ claims: { simulated: false } })), undefined);
  t.equal(failureOf(evidenceOf({ claims: { exp: now - 59 } })), undefined, 'clocks may differ');
  t.equal(failureOf(evidenceOf({ claims: { aud: ['segl', 'x'], azp: 'segl' } })), undefined);
  t.end();
});

t.test('a token of another key is refused for good', (t) => {
  const key = tokenKey();
  const other = { ...tokenKey(), jwks: key.jwks };
  t.equal(failureOf(evidenceOf({ key: other })), 'core jws/signature');
  t.equal(conclusionOf(evidenceOf({ key: other })), 'TOTAL-FAILED/SIG_CRYPTO_FAILURE');
  const twice = JSON.parse(key.jwks.toString()) as { keys: object[] };
  const jwks = Buffer.from(JSON.stringify({ keys: [...twice.keys, ...twice.keys] }));
  t.equal(failureOf(evidenceOf({ key: { ...key, jwks } })), 'core jws/key-unknown', 'two keys of one name');
  t.end();
});

t.test('what the service tells must be what the proofs say', (t) => {
  const content = (change: (content: Content) => Content): string | undefined =>
    failureOf(evidenceOf({ change }));
  const later = (text: string, by: number): string => new Date(new Date(text).getTime() + by).toISOString();
  const cases: readonly (readonly [string, (content: Content) => Content])[] = [
    ['level id-token/level', (c) => ({ ...c, assurance: { ...c.assurance, level: 'high' } })],
    ['identity identity-evidence/claim', (c) => ({ ...c, subject: { ...c.subject, displayName: 'Eve' } })],
    [
      'identity identity-evidence/claim',
      (c) => ({ ...c, subject: { ...c.subject, birthDate: '2001-02-01' } }),
    ],
    [
      'identity identity-evidence/match',
      (c) => ({ ...c, match: { rule: 'national-id', result: 'not-compared' } }),
    ],
    ['intent identity-evidence/text', (c) => ({ ...c, intent: { ...c.intent, language: 'da' } })],
    [
      'order-of-time identity-evidence/received',
      (c) => ({ ...c, times: { ...c.times, received: later(c.times.received, 1) } }),
    ],
    [
      'order-of-time identity-evidence/order-of-time',
      (c) => ({ ...c, times: { ...c.times, started: later(c.times.started, -1) } }),
    ],
    [
      'order-of-time identity-evidence/order-of-time',
      (c) => ({ ...c, trust: c.trust.map((one) => ({ ...one, fetched: later(one.fetched, 61_000) })) }),
    ],
    [
      'authenticated-anew id-token/authenticated-before',
      (c) => ({
        ...c,
        commitment: { ...c.commitment },
        times: { ...c.times, started: later(c.times.received, 61_000) },
      }),
    ],
    ['bound proof/none-binds', (c) => ({ ...c, proofs: c.proofs.slice(1) })],
    [
      'proof-known proof/not-judged',
      (c) => ({
        ...c,
        proofs: [
          ...c.proofs,
          { role: 'extra', mediaType: 'application/x-extra', ...carried(Buffer.from('x')) },
        ],
      }),
    ],
    [
      'proof-known proof/not-judged',
      (c) => ({
        ...c,
        proofs: [
          ...c.proofs,
          { role: 'extra', mediaType: 'application/json', ...carried(Buffer.from('{}')) },
        ],
      }),
    ],
    [
      'userinfo proof/other-userinfo',
      (c) => ({
        ...c,
        proofs: [
          ...c.proofs,
          { role: 'userinfo', mediaType: 'application/json', ...carried(Buffer.from('{"sub":"x"}')) },
        ],
      }),
    ],
    [
      'userinfo-core jws/signature',
      (c) => ({
        ...c,
        proofs: [
          ...c.proofs,
          {
            role: 'userinfo',
            mediaType: 'application/jwt',
            ...carried(writeToken({ sub: 'pseudonym' }, tokenKey())),
          },
        ],
      }),
    ],
  ];
  for (const [failure, change] of cases) {
    t.equal(content(change), failure);
  }
  t.end();
});

t.test('what it is told to be about', (t) => {
  const bytes = evidenceOf();
  const { document } = told;
  const cases: readonly (readonly [string, Partial<ToldEvidence>])[] = [
    ['package evidence/other-signer', { uniqueId: 'another' }],
    ['package evidence/other-signer', { displayName: 'Eve' }],
    ['package packaging/identity-unverified', { nationalId: { id: '1', nationality: 'DK', type: 'NUMBER' } }],
    ['binding evidence/other-document', { document: { ...document, sha256: randomBytes(32) } }],
    ['binding evidence/other-document', { document: { ...document, title: 'Another' } }],
    ['binding evidence/other-document', { document: { ...document, mimeType: 'application/pdf' } }],
    ['binding identity-evidence/binding', { binding: 'sha256:ab' }],
    ['valid-in-time id-token/expired', { at: new Date(RECEIVED.getTime() + 3_600_000) }],
  ];
  for (const [failure, about] of cases) t.equal(failureOf(bytes, { ...told, ...about }), failure);
  t.equal(
    failureOf(bytes, { ...told, nationalId: { id: '0102030405', nationality: 'DK', type: 'NUMBER' } }),
    undefined,
  );
  const { document: _, ...without } = told;
  t.equal(failureOf(bytes, without), 'binding evidence/other-document', 'a signature is about a document');
  const logOn = evidenceOf({ binding: 'sha256:ab' });
  t.equal(
    failureOf(logOn, { ...told, binding: 'sha256:ab' }),
    'binding evidence/other-document',
    'a log-on signs none',
  );
  t.equal(failureOf(logOn, { at: RECEIVED, binding: 'sha256:cd' }), 'binding identity-evidence/binding');
  t.end();
});

t.test('an unknown kind of proof is indeterminate, never valid', (t) => {
  const extra = { role: 'extra', mediaType: 'application/x-extra', ...carried(Buffer.from('x')) };
  const bytes = evidenceOf({ change: (content) => ({ ...content, proofs: [...content.proofs, extra] }) });
  t.equal(conclusionOf(bytes), 'INDETERMINATE/GENERIC');
  t.end();
});

t.test('the reduced form: no number, no tokens, and not judged', (t) => {
  const full = readIdentityEvidence(evidenceOf());
  const bytes = reduceEvidence(full);
  const text = bytes.toString('utf8');
  const { nationalId } = full.subject;
  if (!nationalId || !('value' in nationalId)) throw new Error('there is a number');
  const token = full.proofs[0]?.data ?? '';
  for (const secret of [nationalId.value, nationalId.salt, token, full.context.ip])
    t.notOk(text.includes(secret));
  const reduced = readIdentityEvidence(bytes);
  t.equal(reduced.reducedFrom, full.id);
  t.same(reduced.subject.nationalId, { country: 'DK', type: 'NUMBER', sha256: hashedNationalId(nationalId) });
  t.equal(conclusionOf(bytes), 'INDETERMINATE/GENERIC');
  t.equal(failureOf(bytes), 'proof-known proof/elsewhere');
  t.end();
});

t.test('only one form is read', (t) => {
  const bytes = evidenceOf();
  const text = bytes.toString('utf8');
  const why = (given: string | Uint8Array): string | undefined => {
    try {
      readIdentityEvidence(Buffer.from(given));
      return undefined;
    } catch (error) {
      return ((error as { params?: { why?: { code?: string } } }).params?.why ?? {}).code;
    }
  };
  t.equal(why(' '.repeat(MAX_EVIDENCE + 1)), 'identity-evidence/too-large');
  t.equal(why('['.repeat(100_000)), 'identity-evidence/too-deep');
  t.equal(why('nothing'), 'identity-evidence/no-json');
  t.equal(why(Buffer.from([0x22, 0xff, 0x22])), 'identity-evidence/no-json');
  t.equal(why('null'), 'identity-evidence/member');
  t.equal(why(`${text} `), 'identity-evidence/not-canonical');
  t.equal(why(text.replace('"version":"segl.', '"version":"segl2.')), 'identity-evidence/version-unknown');
  t.equal(why(forged(bytes, (evidence) => ({ ...evidence, more: 1 }))), 'identity-evidence/member');
  t.equal(why(text.replace('"id":"urn', '"constructor":1,"id":"urn')), 'identity-evidence/member');
  t.equal(
    why(forged(bytes, (evidence) => ({ ...evidence, commitmentSha256: '0'.repeat(64) }))),
    'identity-evidence/commitment',
  );
  t.equal(
    why(forged(bytes, (e) => ({ ...e, intent: { ...e.intent, code: 'AAAAAAAA' } }))),
    'identity-evidence/code',
  );
  t.equal(
    why(forged(bytes, (e) => ({ ...e, form: 'reduced', reducedFrom: e.id }))),
    'identity-evidence/form',
  );
  t.equal(
    why(forged(bytes, (e) => ({ ...e, proofs: e.proofs.map((p) => ({ ...p, sha256: '0'.repeat(64) })) }))),
    'identity-evidence/data',
  );
  t.equal(
    why(forged(bytes, (e) => ({ ...e, context: { ...e.context, ip: '198.51.100.7' } }))),
    undefined,
    'what only a seal protects',
  );
  t.end();
});
