/** Logins with NemID, judged: what a message must say, and what it must not pass for. */
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import type { AuthenticationMethod, AuthenticationResult } from '@segl/identity/methods/nemid/native-method';
import type { ExpectedAuthentication } from '@segl/identity/methods/nemid/expected';
import { createNemIdLogin } from '@segl/identity/methods/nemid/login';
import { createNemIdMethod, type NemIdOptions } from '@segl/identity/methods/nemid/method';
import { readSignProperties, verifyParameters } from '@segl/identity/methods/nemid/client/parameters';
import { createPidCprClient } from '@segl/identity/methods/nemid/cpr/pid-cpr';
import { RevocationService } from '@segl/pki/revocation/revocation';
import {
  writeNativeSignature,
  type SignatureProperty,
} from '@segl/sandbox/methods/nemid/client/native-signature';
import { createPki, POLICY_PREFIX, type Holder } from './local-pki.ts';

const FRIENDLY_NAME = 'Prøvebanken';
const pki = createPki();
const person = pki.holder();
const page = { origin: 'https://sign.invalid', language: 'da' };
let drawn = 0;

const options = (): NemIdOptions => ({
  holders: 'persons',
  client: 'launcher',
  clientUrl: 'https://client.invalid',
  friendlyName: FRIENDLY_NAME,
  policyPrefix: POLICY_PREFIX,
  trustAnchors: [pki.root],
  vocesKey: pki.voces,
  pidCpr: createPidCprClient({ url: 'http://pid.invalid/', serviceId: '1', post: pki.post, mode: 'match' }),
  revocation: new RevocationService({ post: pki.post, clock: pki.clock }),
  clock: pki.clock,
  random: (bytes) => Buffer.alloc(bytes, ++drawn),
});
const newLogin = (): AuthenticationMethod => createNemIdLogin(options());

type Change = (properties: SignatureProperty[]) => SignatureProperty[];

const hidden = (name: string, value: string): SignatureProperty => ({
  name,
  value,
  encoding: 'xml',
  visible: false,
});

/** The client's part: takes the parameters, lets somebody log in, and gives what it posts. */
function logIn(
  parameters: Readonly<Record<string, string>>,
  { signer = person, change = (same) => same }: { signer?: Holder; change?: Change } = {},
): string {
  const properties = change([
    { name: 'RequestIssuer', value: FRIENDLY_NAME, encoding: 'base64', visible: true },
    hidden('TimeStamp', parameters['TIMESTAMP'] ?? ''),
    hidden('action', 'logon'),
    ...readSignProperties(parameters['SIGN_PROPERTIES'] ?? '').map(([name, value]) => hidden(name, value)),
  ]);
  const certificates = [signer.certificate, pki.issuer, pki.root] as const;
  const message = writeNativeSignature({ properties, key: signer.privateKey, certificates });
  return Buffer.from(message).toString('base64');
}

const without =
  (name: string): Change =>
  (properties) =>
    properties.filter((property) => property.name !== name);

const withValue =
  (name: string, value: string): Change =>
  (properties) =>
    properties.map((property) => (property.name === name ? { ...property, value } : property));

const adding =
  (added: SignatureProperty): Change =>
  (properties) => [...properties, added];

interface Run {
  signer?: Holder;
  change?: Change;
  binding?: string;
  expect?: (expected: ExpectedAuthentication) => ExpectedAuthentication;
  /** Milliseconds from start to answer. */
  wait?: number;
}

/** The whole way from start to judgement. */
async function run({ binding, expect, wait = 0, ...rest }: Run = {}): Promise<AuthenticationResult> {
  const login = newLogin();
  const { parameters, expected } = await login.start(page, binding);
  const kept = JSON.parse(JSON.stringify(expected)) as ExpectedAuthentication;
  const response = logIn(parameters, rest);
  pki.clock.advance(wait);
  return login.receive(response, expect?.(kept) ?? kept);
}

/** The check that refuses, or what else happened. */
async function refusedBy(judge: () => Promise<unknown>): Promise<unknown> {
  try {
    return await judge();
  } catch (error) {
    if (isSeglError(error, 'LOGIN_REFUSED')) return error.params['check'];
    throw error;
  }
}

t.test('the client is started for logging in, with signed parameters and no text', async (t) => {
  const { clientUrl, clientOrigin, parameters, expected } = await newLogin().start(
    { ...page, language: 'en' },
    'sha256:00ff',
  );
  t.match(clientUrl, /^https:\/\/client\.invalid\/launcher\/lmt\/\d+$/);
  t.equal(clientOrigin, 'https://client.invalid');
  t.match(verifyParameters(parameters), { digestMatches: true, signatureMatches: true });
  t.match(parameters, { CLIENTFLOW: 'OCESLOGIN2', LANGUAGE: 'EN', ORIGIN: page.origin });
  t.notOk(Object.keys(parameters).some((name) => name.startsWith('SIGNTEXT')));
  t.strictSame(readSignProperties(parameters['SIGN_PROPERTIES'] ?? ''), [
    ['challenge', expected.challenge],
    ['binding', 'sha256:00ff'],
  ]);
  t.match(expected.challenge, /^[0-9a-f]{32}$/);
  await t.rejects(newLogin().start(page, 'a;challenge=1'), TypeError, 'a binding cannot add properties');
});

t.test('who logged in is told with every check, and with what proved it', async (t) => {
  const result = await run({ binding: 'sha256:00ff' });
  if (result.kind !== 'authenticated') return t.fail(result.code);
  const { signer, verdicts, validation, at, facts } = result.authentication;
  t.match(signer, { displayName: 'Åse Prøve', uniqueId: '9208-2002-2-123456789012' });
  t.strictSame(
    verdicts.map(({ check, ok }) => ok && check),
    [
      ...[
        'message',
        'unique-ids',
        'algorithms',
        'signer-certificate',
        'core',
        'signed-objects',
        'properties',
      ],
      ...['action', 'challenge', 'answered-in-time', 'request-issuer', 'nothing-signed', 'binding'],
      ...['time-stamp-plausible', 'certificate-type', 'validity', 'path', 'revocation'],
    ],
  );
  t.ok(validation.ocsps.length > 0 && validation.certificates.length > 0);
  t.same(at, pki.clock.now());
  t.match(facts, { 'certificate-type': 'POCES', 'native-sha256': /^[0-9a-f]{64}$/ });
  t.equal((await run({ change: without('TimeStamp') })).kind, 'authenticated', 'not every client echoes it');
  const silent: SignatureProperty = { ...hidden('signtext', 'OpenLogon 5/11/21'), visible: false };
  t.equal((await run({ change: adding(silent) })).kind, 'authenticated', 'a text that nobody was shown');
});

t.test('what a login must say', async (t) => {
  const employee = pki.holder({ serialNumber: 'CVR:12345678-RID:1', policy: `${POLICY_PREFIX}.2.5` });
  const past = pki.holder({ notAfter: new Date(pki.clock.now().getTime() - 1000) });
  const revoked = pki.holder();
  pki.setStatus(revoked.certificate, { status: 'revoked', revokedAt: new Date('2021-05-01') });
  const foreign = createPki().holder({ ownKey: true });
  const cases: [check: string, Run][] = [
    ['action', { change: withValue('action', 'sign') }],
    ['action', { change: without('action') }],
    ['challenge', { change: withValue('challenge', 'f'.repeat(32)) }],
    ['challenge', { change: without('challenge') }],
    ['challenge', { expect: (expected) => ({ ...expected, challenge: '' }) }],
    ['request-issuer', { change: withValue('RequestIssuer', 'Prøvebankén') }],
    ['request-issuer', { change: adding(hidden('logonto', FRIENDLY_NAME)) }],
    ['nothing-signed', { change: adding({ ...hidden('signtext', 'Jeg skylder'), visible: true }) }],
    ['nothing-signed', { change: adding(hidden('attachedpdf', '%PDF')) }],
    ['binding', { change: adding(hidden('binding', 'sha256:00')) }],
    ['binding', { binding: 'sha256:01', change: withValue('binding', 'sha256:02') }],
    ['binding', { binding: 'sha256:01', change: without('binding') }],
    ['time-stamp-plausible', { change: withValue('TimeStamp', '2021-06-01 11:00:00+0000') }],
    ['certificate-type', { signer: employee }],
    ['validity', { signer: past }],
    ['revocation', { signer: revoked }],
    ['path', { signer: foreign }],
    ['properties', { change: adding(hidden('challenge', 'twice')) }],
  ];
  for (const [check, how] of cases) t.equal(await refusedBy(() => run(how)), check, check);
});

t.test('an answer comes within twenty minutes, and to its own challenge', async (t) => {
  t.equal((await run({ wait: 20 * 60_000 })).kind, 'authenticated');
  t.equal(await refusedBy(() => run({ wait: 20 * 60_000 + 1 })), 'answered-in-time');
  const login = newLogin();
  const first = await login.start(page);
  const second = await login.start(page);
  const kept = logIn(first.parameters);
  t.equal((await login.receive(kept, first.expected)).kind, 'authenticated');
  t.equal(await refusedBy(() => login.receive(kept, second.expected)), 'challenge', 'replayed');
});

t.test('a login is no signature, and a signature no login', async (t) => {
  const login = newLogin();
  const signing = createNemIdMethod(options());
  const text = {
    documentId: 'd',
    title: 'T',
    mimeType: 'text/plain',
    bytes: Buffer.from('Jeg skylder dig alt.'),
  };
  const asked = await signing.start(text, page);
  const passedOff = logIn(asked.parameters, {
    change: adding({ ...hidden('signtext', 'Jeg skylder dig alt.'), visible: true }),
  });
  await t.rejects(signing.receive(passedOff, text, asked.expected), {
    code: 'NATIVE_SIGNATURE_REFUSED',
    params: { check: 'action' },
  });
  const started = await login.start(page);
  const signature = logIn(started.parameters, { change: withValue('action', 'sign') });
  t.equal(await refusedBy(() => login.receive(signature, started.expected)), 'action');
});

t.test('error codes are told, and nothing else is taken for one', async (t) => {
  const login = newLogin();
  const { expected } = await login.start(page);
  const post = (text: string) => login.receive(Buffer.from(text).toString('base64'), expected);
  t.strictSame(await post('CAN002'), { kind: 'error', code: 'CAN002' });
  t.strictSame(await post('lock001 '), { kind: 'error', code: 'LOCK001' });
  t.strictSame(await login.receive('', expected), { kind: 'error', code: 'CAN002' });
  t.equal(await refusedBy(() => login.receive('%%%', expected)), 'message');
  t.equal(await refusedBy(() => post('<a/>')), 'message');
});
