/** What is judged of a log-on that was asked for behind the browser (CIBA): the request, its acknowledgement, and the token. */
import t from 'tap';
import { nonceOf } from '@segl/identity/evidence/identity/commitment';
import type { Proof } from '@segl/identity/evidence/identity/content';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import {
  ACKNOWLEDGEMENT,
  AUTH_REQ_ID,
  BACKCHANNEL,
  CLIENT_KEYS,
  readAcknowledgement,
  REQUEST_OBJECT,
} from '@segl/identity/evidence/identity/proofs/backchannel';
import { carried } from '@segl/identity/evidence/identity/write';
import {
  CLIENT,
  evidenceOf,
  ISSUER,
  parsed,
  RECEIVED,
  told,
  tokenKey,
  writeToken,
  type Content,
  type TokenKey,
} from '../../../support/signatures/identity-evidence.ts';

const REQUEST = 'request';
const ID = 'request-1';
const ACKNOWLEDGED = { auth_req_id: ID, expires_in: 120, interval: 2 };
const LIMITS = ['request-own-word', 'request-not-named', 'request-not-signed'];
const [providerKey, clientKey] = [tokenKey(), tokenKey('ES256', 'client-1')];
const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

interface Asked {
  /** `null`: the log-on was not asked for behind the browser. */
  readonly flow?: null;
  /** Over the claims of the id_token; `null`: there is no token. */
  readonly token?: Readonly<Record<string, unknown>> | null;
  /** Over what is asked for; `null`: the request is not kept. */
  readonly request?: Readonly<Record<string, unknown>> | null;
  readonly signedBy?: TokenKey;
  /** `null`: there is none. */
  readonly acknowledgement?: object | null;
  readonly limits?: readonly string[];
}

const json = (role: string, value: object): Proof => ({
  ...{ role, mediaType: 'application/json' },
  ...carried(Buffer.from(JSON.stringify(value))),
});

function requestOf({ commitment, times }: Content, { request, signedBy }: Asked): readonly Proof[] {
  if (request === null) return [];
  const asked = { nonce: nonceOf(commitment), ...request };
  if (!signedBy) return [json(REQUEST, asked)];
  const iat = seconds(new Date(times.started));
  const signed = writeToken({ iss: CLIENT, aud: ISSUER, iat, exp: iat + 300, ...asked }, signedBy);
  return [{ role: REQUEST_OBJECT, mediaType: 'application/jwt', ...carried(signed) }];
}

const asked = (how: Asked) =>
  parsed(
    evidenceOf({
      key: providerKey,
      claims: { nonce: undefined, ...how.token },
      change: (content) => ({
        ...content,
        method: { ...content.method, ...(how.flow !== null && { flow: BACKCHANNEL }) },
        proofs: [
          ...content.proofs.filter(({ role }) => role === 'id-token' && how.token !== null),
          ...requestOf(content, how),
          ...(how.acknowledgement === null
            ? []
            : [json(ACKNOWLEDGEMENT, how.acknowledgement ?? ACKNOWLEDGED)]),
        ],
        trust: [
          ...content.trust,
          ...content.trust.map((one) => ({ ...one, role: CLIENT_KEYS, ...carried(clientKey.jwks) })),
        ],
        limits: [...content.limits, ...(how.limits ?? LIMITS)],
      }),
    }),
  );

function failureOf(how: Asked): string | undefined {
  const failure = firstFailure(judgeIdentityEvidence(asked(how), told));
  return failure && `${failure.check} ${failure.why.code}`;
}

t.test('sound ones', (t) => {
  t.equal(failureOf({}), undefined, 'neither token nor signature says what it was about');
  t.equal(
    failureOf({ token: { [AUTH_REQ_ID]: ID }, limits: ['request-own-word', 'request-not-signed'] }),
    undefined,
  );
  t.equal(failureOf({ signedBy: clientKey, limits: LIMITS.slice(0, 2) }), undefined);
  t.equal(
    failureOf({ acknowledgement: { auth_req_id: ID, expires_in: 1 } }),
    undefined,
    'five seconds is usual',
  );
  t.end();
});

t.test('what it does not prove is told', (t) => {
  for (const limit of LIMITS)
    t.equal(
      failureOf({ limits: LIMITS.filter((one) => one !== limit) }),
      'limits backchannel/limits',
      `without ${limit}`,
    );
  const warned = (how: Asked) =>
    judgeIdentityEvidence(asked(how), told).findings.flatMap(({ outcome, problem }) =>
      outcome === 'warning' ? (problem?.code ?? '') : [],
    );
  t.same(warned({}), ['backchannel/own-word', 'backchannel/unnamed']);
  t.same(warned({ token: { [AUTH_REQ_ID]: ID } }), ['backchannel/own-word']);
  t.end();
});

t.test('the request, its acknowledgement and the token belong together', (t) => {
  const cases: readonly (readonly [string, Asked])[] = [
    ['challenge id-token/nonce', { token: { nonce: 'A'.repeat(43) } }],
    ['answers-request backchannel/no-token', { token: null }],
    ['answers-request backchannel/other-request', { token: { [AUTH_REQ_ID]: 'request-2' } }],
    ['answers-request backchannel/no-acknowledgement', { acknowledgement: null }],
    ['bound proof/none-binds', { request: null }],
    ['proof-known proof/not-judged', { request: { nonce: 'A'.repeat(43) } }],
    ['request id-token/text', { request: { binding_message: 'Sign: Another promise' } }],
  ];
  for (const [failure, how] of cases) t.equal(failureOf(how), failure, JSON.stringify(how));
  t.end();
});

t.test('the request is kept, even where the token says what it was about', (t) => {
  const bytes = evidenceOf({
    key: providerKey,
    change: (content) => ({
      ...content,
      method: { ...content.method, flow: BACKCHANNEL },
      proofs: [...content.proofs.slice(0, 1), json(ACKNOWLEDGEMENT, ACKNOWLEDGED)],
      limits: [...content.limits, ...LIMITS],
    }),
  });
  const failure = firstFailure(judgeIdentityEvidence(parsed(bytes), told));
  t.match(failure, { check: 'request-kept', why: { code: 'backchannel/no-request' } });
  t.end();
});

t.test('a signed request is of this client, to this provider, for this act, in its time', (t) => {
  const [from, to] = [seconds(new Date('2026-03-01T11:57:10Z')), seconds(RECEIVED)];
  const cases: readonly (readonly [string | undefined, object])[] = [
    ['request id-token/nonce', { nonce: 'A'.repeat(43) }],
    ['request id-token/text', { binding_message: 'Sign: Another promise' }],
    ['request id-token/issuer', { iss: ISSUER }],
    ['request id-token/audience', { aud: 'https://other.example.com' }],
    ['request id-token/no-times', { iat: undefined }],
    ['request id-token/no-times', { exp: undefined }],
    ['request identity-evidence/order-of-time', { iat: from - 61 }],
    [undefined, { iat: from - 60 }],
    ['request identity-evidence/order-of-time', { iat: to + 61, exp: to + 300 }],
    [undefined, { iat: to + 60, exp: to + 300 }],
    ['request identity-evidence/order-of-time', { iat: from, exp: from }],
  ];
  for (const [failure, request] of cases)
    t.equal(
      failureOf({ signedBy: clientKey, request: request as Asked['request'] & object }),
      failure,
      JSON.stringify(request),
    );
  t.equal(
    failureOf({ signedBy: { ...tokenKey(), kid: clientKey.kid } }),
    'request-core jws/signature',
    'of another key',
  );
  t.equal(failureOf({ signedBy: providerKey }), 'request-core jws/key-unknown', 'a key of the provider');
  t.end();
});

t.test('none of it stands beside a log-on in the browser', (t) => {
  t.equal(failureOf({ flow: null }), 'challenge id-token/nonce', 'without a nonce nothing is about anything');
  const beside = (proof: (content: Content) => readonly Proof[]): string | undefined => {
    const bytes = evidenceOf({
      key: providerKey,
      change: (content) => ({ ...content, proofs: [...content.proofs, ...proof(content)] }),
    });
    const failure = firstFailure(judgeIdentityEvidence(parsed(bytes), told));
    return failure && `${failure.check} ${failure.why.code}`;
  };
  t.equal(
    beside(() => [json(ACKNOWLEDGEMENT, ACKNOWLEDGED)]),
    'proof-known proof/not-judged',
  );
  t.equal(
    beside((content) => requestOf(content, { signedBy: clientKey })),
    'proof-known proof/not-judged',
  );
  t.end();
});

t.test('what acknowledges nothing', (t) => {
  const read = (value: unknown) => readAcknowledgement(Buffer.from(JSON.stringify(value)));
  t.same(read(ACKNOWLEDGED), { id: ID, expiresIn: 120, interval: 2 });
  t.same(read({ auth_req_id: ID, expires_in: 120 }), { id: ID, expiresIn: 120, interval: 5 });
  for (const wrong of [
    { auth_req_id: '' },
    { auth_req_id: 1 },
    { expires_in: 0 },
    { expires_in: '120' },
    { interval: '2' },
  ]) {
    t.equal(read({ ...ACKNOWLEDGED, ...wrong }), undefined, JSON.stringify(wrong));
    t.equal(failureOf({ acknowledgement: { ...ACKNOWLEDGED, ...wrong } }), 'proof-known proof/not-judged');
  }
  t.equal(read(null), undefined);
  t.equal(readAcknowledgement(Buffer.from('{')), undefined);
  t.end();
});
