/** That a proof is of what was committed to: each kind that may say so, beside its own commitment and beside another. */
import t from 'tap';
import { nonceOf } from '@segl/identity/evidence/identity/commitment';
import type { IdentityEvidence, Proof } from '@segl/identity/evidence/identity/content';
import { judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import {
  BACKCHANNEL,
  CLIENT_KEYS,
  REQUEST_OBJECT,
} from '@segl/identity/evidence/identity/proofs/backchannel';
import { ONE_TIME_CODE, ONE_TIME_CODE_TYPE } from '@segl/identity/evidence/identity/proofs/one-time-code';
import { carried } from '@segl/identity/evidence/identity/write';
import {
  CLIENT,
  evidenceOf,
  ISSUER,
  parsed,
  RECEIVED,
  tokenKey,
  writeToken,
  type Content,
} from '../../../support/signatures/identity-evidence.ts';
import { passkeyEvidence } from '../../../support/signatures/passkey-evidence.ts';

const clientKey = tokenKey();

const isBound = (evidence: IdentityEvidence): boolean =>
  judgeIdentityEvidence(evidence, { at: RECEIVED }).findings.some(
    ({ check, outcome }) => check === 'bound' && outcome === 'passed',
  );

const about = (evidence: IdentityEvidence, salt: string): IdentityEvidence => ({
  ...evidence,
  commitment: { ...evidence.commitment, salt },
});

const byCode = (content: Content): Content => {
  const record = {
    ...{ version: 1, channel: 'sms', address: '+4512345678', name: '+4512345678', tries: 1, status: 200 },
    ...{ sub: '0'.repeat(64), nonce: nonceOf(content.commitment), code: '0'.repeat(64), message: 'm' },
    ...{ sent: RECEIVED.toISOString(), verified: RECEIVED.toISOString() },
  };
  const proof = { role: ONE_TIME_CODE, mediaType: ONE_TIME_CODE_TYPE };
  return { ...content, proofs: [{ ...proof, ...carried(Buffer.from(JSON.stringify(record))) }] };
};

/** A log-on behind the browser, with the request as it is given; the token does not say what it was about. */
const behind = (request: (content: Content) => readonly Proof[]): Buffer =>
  evidenceOf({
    claims: { nonce: undefined },
    change: (content) => ({
      ...content,
      method: { ...content.method, flow: BACKCHANNEL },
      proofs: [...content.proofs.filter(({ role }) => role !== 'request'), ...request(content)],
      trust: content.trust.map((one) => ({ ...one, role: CLIENT_KEYS, ...carried(clientKey.jwks) })),
    }),
  });
const plain =
  (more: object = {}) =>
  ({ commitment }: Content): readonly Proof[] => {
    const asked = { nonce: nonceOf(commitment), ...more };
    const proof = { role: 'request', mediaType: 'application/json' };
    return [{ ...proof, ...carried(Buffer.from(JSON.stringify(asked))) }];
  };
const signed =
  (more: object = {}) =>
  ({ commitment, times }: Content): readonly Proof[] => {
    const iat = Math.floor(new Date(times.started).getTime() / 1000);
    const asked = { iss: CLIENT, aud: ISSUER, iat, exp: iat + 300, nonce: nonceOf(commitment), ...more };
    const proof = { role: REQUEST_OBJECT, mediaType: 'application/jwt' };
    return [{ ...proof, ...carried(writeToken(asked, clientKey)) }];
  };

for (const [name, bytes] of [
  ['an id_token', evidenceOf()],
  ['a passkey', passkeyEvidence()],
  ['a code', evidenceOf({ change: byCode })],
  ['a request behind the browser', behind(plain())],
  ['a signed one', behind(signed())],
] as const)
  t.test(name, (t) => {
    const evidence = parsed(bytes);
    t.ok(isBound(evidence), 'to its own');
    t.notOk(isBound(about(evidence, 'A'.repeat(43))), 'to no other');
    t.end();
  });

t.test('a request that shows the person something else binds nothing', (t) => {
  const other = { binding_message: 'Sign: Another promise' };
  for (const request of [plain(other), signed(other)]) t.notOk(isBound(parsed(behind(request))));
  t.end();
});
