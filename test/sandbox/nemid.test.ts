import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { ManualClock, systemClock } from '@segl/problem/clock';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { createNemIdMethod } from '@segl/identity/methods/nemid/method';
import { createPidCprClient } from '@segl/identity/methods/nemid/cpr/pid-cpr';
import { signParameters, writeTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { RevocationService } from '@segl/pki/revocation/revocation';
import type { Sandbox } from '@segl/sandbox/main';
import type { ClientView } from '@segl/sandbox/methods/nemid/client/client-session';
import { KEYS_LEFT_FOR_NEW_CARD, KEYS_PER_CARD } from '@segl/sandbox/methods/nemid/client/key-card';
import { Browser } from '@segl/sandbox/person/browser';
import { findPerson, useNemId } from '@segl/sandbox/methods/nemid/person/client';
import { run, tool } from '../support/tools.ts';
import { call, cprPost, httpGet, keyOf, openSandbox, post, setting, temporaryFolder } from './support.ts';

const ORIGIN = 'https://sign.example.org';
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const SIGN_TEXT = 'Jeg forpligter mig til aftalen: 5 < 7 & æøå 😀\n  anden linje';

type Parameters = Record<string, string>;

const signing = (now: Date, change: Parameters = {}): Parameters => ({
  CLIENTFLOW: 'OCESSIGN2',
  LANGUAGE: 'EN',
  ORIGIN,
  SIGNTEXT: base64(SIGN_TEXT),
  SIGN_PROPERTIES: `challenge=12345;attachedpdf=${base64('%PDF-1.7 …')}`,
  TIMESTAMP: writeTimestamp(now),
  ...change,
});

/** What the client does with these parameters: the code it ends with, or the screen it shows. */
async function start(sandbox: Sandbox, parameters: unknown, origin = ORIGIN): Promise<string> {
  const view = await call<ClientView>(sandbox, '/launcher/api/start', {
    parameters: typeof parameters === 'string' ? parameters : JSON.stringify(parameters),
    origin,
  });
  return view.view === 'end' ? Buffer.from(view.response, 'base64').toString() : view.view;
}

const ended = (view: ClientView): string =>
  view.view === 'end' ? Buffer.from(view.response, 'base64').toString() : `not ended: ${view.view}`;

t.test('parameters are judged as the client does', async (t) => {
  const sandbox = await openSandbox(t);
  const voces = await keyOf(sandbox, 'VOCES');
  const now = systemClock.now();
  const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
  const signed = (change: Parameters = {}, key: SigningKey = voces) =>
    signParameters(signing(now, change), key);
  const without = (name: string): Promise<Readonly<Parameters>> => {
    const { [name]: _left, ...rest } = signing(now);
    return signParameters(rest, voces);
  };

  t.equal(await start(sandbox, await signed()), 'user', 'good ones lead to the first screen');
  const accepted: [string, Parameters][] = [
    ['epoch milliseconds', { TIMESTAMP: String(now.getTime()) }],
    ['a base64 time', { TIMESTAMP: base64(writeTimestamp(now)) }],
    ['a time almost three minutes old', { TIMESTAMP: writeTimestamp(minutes(-2.9)) }],
    ['Greenlandic', { LANGUAGE: 'KL' }],
    ['names in lower case', { remember_userid: '' }],
  ];
  for (const [name, change] of accepted) t.equal(await start(sandbox, await signed(change)), 'user', name);

  const refused: [string, string, Parameters][] = [
    ['SRV003', 'a time more than three minutes old', { TIMESTAMP: writeTimestamp(minutes(-3.1)) }],
    ['SRV003', 'a time more than three minutes ahead', { TIMESTAMP: writeTimestamp(minutes(3.1)) }],
    ['APP001', 'a time that is none', { TIMESTAMP: 'yesterday' }],
    ['APP001', 'a flow that does not exist', { CLIENTFLOW: 'LOGIN' }],
    ['APP001', 'a language that does not exist', { LANGUAGE: 'SV' }],
    ['APP001', 'a sign text that is not base64', { SIGNTEXT: 'plain' }],
    ['APP002', 'a sign text that is not UTF-8', { SIGNTEXT: Buffer.from([0xe6, 0x20]).toString('base64') }],
    ['APP002', 'HTML', { SIGNTEXT_FORMAT: 'HTML' }],
    ['APP008', 'a remote PDF beside a text', { SIGNTEXT_URI: 'https://example.org/a.pdf' }],
    ['APP008', 'a hash of nothing', { SIGNTEXT_REMOTE_HASH: 'AAAA' }],
    ['APP008', 'XML that nothing makes readable', { SIGNTEXT_FORMAT: 'XML' }],
    ['APP001', 'a format that does not exist', { SIGNTEXT_FORMAT: 'WORD' }],
    ['APP001', 'a switch that is neither on nor absent', { DO_NOT_SHOW_CANCEL: 'PERHAPS' }],
    ['APP007', 'a parameter that does not exist', { COLOUR: 'blue' }],
    ['APP007', 'the origin of another page', { ORIGIN: 'https://other.example.org' }],
    ['APP008', 'a sign text when logging on', { CLIENTFLOW: 'OCESLOGIN2' }],
    ['APP001', 'a property of the client itself', { SIGN_PROPERTIES: 'action=logon' }],
    ['APP001', 'a property twice', { SIGN_PROPERTIES: 'a=1;a=2' }],
    ['SRV011', 'a long transaction context', { TRANSACTION_CONTEXT: base64('x'.repeat(101)) }],
    ['AUTH019', 'no key cards', { PREVENT_OTP_CARD: 'TRUE' }],
  ];
  for (const [code, name, change] of refused) t.equal(await start(sandbox, await signed(change)), code, name);

  for (const name of ['CLIENTFLOW', 'TIMESTAMP', 'SIGNTEXT']) {
    t.equal(await start(sandbox, await without(name)), 'APP007', `without ${name}`);
  }
  t.equal(await start(sandbox, await without('ORIGIN')), 'user', 'ORIGIN is only advised');
  t.equal(await start(sandbox, await signed(), 'https://evil.example.org'), 'APP007', 'the page is another');
  for (const text of ['nonsense', '[]', 'null', '{"A":1}', '{"a":"1","A":"2"}']) {
    t.equal(await start(sandbox, text), 'APP001', text);
  }

  const good = await signed();
  t.equal(await start(sandbox, { ...good, LANGUAGE: 'DA' }), 'APP001', 'changed after signing: digest');
  const other = await signed({ LANGUAGE: 'DA' });
  const mixed = { ...good, DIGEST_SIGNATURE: other['DIGEST_SIGNATURE'] };
  t.equal(await start(sandbox, mixed), 'SRV001', 'the signature of other parameters');
  t.equal(await start(sandbox, await signed({}, await keyOf(sandbox, 'SEAL'))), 'SRV005', 'not a VOCES key');
  const foreign = await openSandbox(t, { foreign: true });
  t.equal(
    await start(sandbox, await signed({}, await keyOf(foreign, 'VOCES'))),
    'SRV005',
    'a VOCES key of other authorities',
  );
});

t.test('a person signs, and the service accepts it', async (t) => {
  const sandbox = await openSandbox(t);
  const anchors = certificatesFromPem(await readFile(setting(sandbox, 'NEMID_TRUST_FILE'), 'utf8'));
  const method = createNemIdMethod({
    holders: 'persons',
    client: 'launcher',
    clientUrl: setting(sandbox, 'NEMID_CLIENT_URL'),
    friendlyName: setting(sandbox, 'NEMID_FRIENDLY_NAME'),
    policyPrefix: setting(sandbox, 'NEMID_POLICY_PREFIX'),
    trustAnchors: anchors,
    vocesKey: await keyOf(sandbox, 'VOCES'),
    pidCpr: createPidCprClient({
      url: setting(sandbox, 'PID_CPR_URL'),
      serviceId: setting(sandbox, 'PID_SERVICE_ID'),
      post: await cprPost(t, sandbox),
      mode: 'match',
    }),
    revocation: new RevocationService({ post, get: httpGet, clock: systemClock }),
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
  });
  const browser = new Browser('da');
  const pdf = {
    documentId: 'doc',
    title: 'Aftale <1> & æøå',
    mimeType: 'application/pdf',
    bytes: randomBytes(50_000),
  };
  const sign = async (user: string, material: typeof pdf) => {
    const { expected, parameters, clientUrl } = await method.start(material, {
      origin: ORIGIN,
      language: 'da',
    });
    t.match((await fetch(clientUrl)).status, 200, 'the client is where the parameters send the page');
    const person = await findPerson(browser, sandbox.url, user);
    const response = await useNemId(browser, sandbox.url, person, { parameters, origin: ORIGIN });
    return { response, receive: () => method.receive(response, material, expected) };
  };

  t.test('a PDF', async (t) => {
    const { response, receive } = await sign('anna', pdf);
    const result = await receive();
    if (result.kind !== 'signature') return t.fail(result.code);
    t.equal(result.signature.signer.displayName, 'Anna Prøve Æblegård');
    t.equal(result.signature.signer.uniqueId, '9208-2002-2-000000001011');
    t.same(
      result.signature.verdicts.filter(({ ok }) => !ok),
      [],
    );
    t.ok(
      await method.matchNationalId(result.signature.signer.uniqueId, '1405822042'),
      'and the CPR number matches',
    );
    t.notOk(await method.matchNationalId(result.signature.signer.uniqueId, '1405822043'));

    const xmlsec1 = tool(t, 'xmlsec1');
    if (!xmlsec1) return;
    const folder = await temporaryFolder(t);
    const path = join(folder, 'native.xml');
    // KeyInfo is not signed and in no fixed order: xmlsec1 is to see the signer's certificate alone
    const blocks = Buffer.from(response, 'base64')
      .toString('utf8')
      .split(/(<ds:X509Data>.*?<\/ds:X509Data>\n)/s);
    t.equal(blocks.length, 7);
    const write = (text: string) => writeFile(path, text);
    const verify = () =>
      run(xmlsec1, [
        '--verify',
        ...['--trusted-pem', setting(sandbox, 'NEMID_TRUST_FILE')],
        ...['--untrusted-pem', sandbox.trust.intermediates[0] ?? ''],
        ...['--id-attr:Id', 'http://www.w3.org/2000/09/xmldsig#:Object'],
        path,
      ]);
    const leafOnly = [blocks[0], blocks[3], blocks[6]].join('');
    await write(leafOnly);
    t.match(verify(), { code: 0 });
    await write(leafOnly.replace('>sign<', '>logon<'));
    t.not(verify().code, 0, 'a changed one is refused');
  });

  t.test('a text with any characters', async (t) => {
    const text = { ...pdf, mimeType: 'text/plain', bytes: Buffer.from(`${SIGN_TEXT}\r\n]]> \t <&>"' slut`) };
    const { receive, response } = await sign('bo', text);
    t.match(await receive(), { kind: 'signature' });
    const { properties } = readNativeMessage(Buffer.from(response, 'base64'));
    t.equal(Buffer.from(properties.get('signtext')?.value ?? []).toString(), text.bytes.toString());
    t.notOk(properties.has('attachedpdf'));
  });

  t.test('somebody whose certificate is revoked', async (t) => {
    const { receive } = await sign('esben', pdf);
    await t.rejects(receive(), { code: 'NATIVE_SIGNATURE_REFUSED', params: { check: 'revocation' } });
  });

  t.test('somebody whose NemID is locked', async (t) => {
    const { receive } = await sign('frida', pdf);
    t.match(await receive(), { kind: 'error', code: 'AUTH005' });
  });
});

t.test('the client step by step', async (t) => {
  const clock = new ManualClock('2026-05-04T10:00:00Z');
  const dataDir = await temporaryFolder(t);
  const sandbox = await openSandbox(t, { dataDir, clock });
  const voces = await keyOf(sandbox, 'VOCES');

  const open = async (change: Parameters = {}): Promise<Extract<ClientView, { view: 'user' }>> => {
    const parameters = JSON.stringify(await signParameters(signing(clock.now(), change), voces));
    const view = await call<ClientView>(sandbox, '/launcher/api/start', { parameters, origin: ORIGIN });
    if (view.view !== 'user') throw new Error(ended(view));
    return view;
  };
  const step = (name: string, body: object) => call<ClientView>(sandbox, `/launcher/api/${name}`, body);
  const password = async (userId: string, typed: string, session?: string) =>
    step('password', { session: session ?? (await open()).session, userId, password: typed });
  const keyFor = async (view: ClientView): Promise<string> => {
    if (view.view !== 'key') throw new Error(view.view === 'end' ? ended(view) : view.view);
    const { card, number } = view;
    return (await call<{ key: string }>(sandbox, '/testtools/api/key', { card, number })).key;
  };
  const unlock = (user: string) =>
    fetch(`${sandbox.url}/testtools/person/${user}/unlock`, { method: 'POST' });

  t.test('every screen says what it needs', async (t) => {
    const first = await open();
    t.match(first, { flow: 'sign', language: 'en', friendlyName: setting(sandbox, 'NEMID_FRIENDLY_NAME') });
    const second = await password('140582-2042', 'Anna1234', first.session);
    t.match(
      second,
      { view: 'key', card: /^[A-Z]-\d{3}-\d{3}-\d{3}$/, number: /^\d{4}$/ },
      'signed in by CPR number',
    );
    const third = await step('key', { session: first.session, key: await keyFor(second) });
    t.match(third, { view: 'sign', text: SIGN_TEXT, name: 'Anna Prøve Æblegård' });
    const message = readNativeMessage(
      Buffer.from(
        ((await step('sign', { session: first.session })) as { response: string }).response,
        'base64',
      ),
    );
    const property = (name: string) => {
      const { value, visible } = message.properties.get(name) ?? { value: [], visible: undefined };
      return [Buffer.from(value).toString('utf8'), visible];
    };
    t.same(property('signtext'), [SIGN_TEXT, true]);
    t.same(property('requestissuer'), [setting(sandbox, 'NEMID_FRIENDLY_NAME'), true]);
    t.same(property('action'), ['sign', false]);
    t.same(property('timestamp'), ['2026-05-04 10:00:00+0000', false]);
    t.same(property('useragent'), ['Test/1.0', false]);
    t.same(property('challenge'), ['12345', false]);
    t.same(property('attachedpdf'), ['%PDF-1.7 …', false]);
    t.equal(ended(await step('sign', { session: first.session })), 'SRV006', 'a session signs once');
  });

  t.test('logging on gives a message that says so', async (t) => {
    const parameters = await signParameters(
      { CLIENTFLOW: 'OCESLOGIN2', SIGN_PROPERTIES: 'challenge=1', TIMESTAMP: String(clock.now().getTime()) },
      voces,
    );
    const view = await call<ClientView>(sandbox, '/launcher/api/start', {
      parameters: JSON.stringify(parameters),
      origin: ORIGIN,
    });
    const { session } = view as { session: string };
    const asked = await password('bo', 'Bo123456', session);
    const { response } = (await step('key', { session, key: await keyFor(asked) })) as { response: string };
    const { properties } = readNativeMessage(Buffer.from(response, 'base64'));
    t.equal(Buffer.from(properties.get('action')?.value ?? []).toString(), 'logon');
    t.equal(Buffer.from(properties.get('identityassurancelevel')?.value ?? []).toString(), '1');
    t.notOk(properties.has('signtext'));
  });

  t.test('steps that are left out, repeated or too late end with SRV006', async (t) => {
    const { session } = await open();
    t.equal(ended(await step('sign', { session })), 'SRV006');
    t.equal(ended(await step('key', { session, key: '000000' })), 'SRV006');
    t.equal(ended(await step('password', { session: 'unknown', userId: 'bo', password: 'x' })), 'SRV006');
    clock.advance(11 * 60_000);
    t.equal(ended(await password('bo', 'Bo123456', session)), 'SRV006');
    t.equal(ended(await step('key', { session })), 'SRV002', 'a message that is none');
  });

  t.test('leaving ends with CAN002', async (t) => {
    const { session } = await open();
    t.equal(ended(await step('cancel', { session })), 'CAN002');
    t.equal(ended(await password('bo', 'Bo123456', session)), 'SRV006');
  });

  t.test('wrong passwords: five, a quarantine, five more, a lock', async (t) => {
    const { session } = await open();
    t.match(await password('nobody', 'x', session), { view: 'user', problem: 'user', session });
    for (const attemptsLeft of [4, 3, 2, 1]) {
      t.match(await password('carla', 'wrong', session), { view: 'user', problem: 'user', attemptsLeft });
    }
    t.equal(ended(await password('carla', 'wrong', session)), 'LOCK001');
    t.equal(ended(await password('carla', 'Carla123')), 'AUTH004', 'also with the right one');
    clock.advance(8 * 3_600_000 + 1);
    for (let attempt = 1; attempt < 5; attempt++) await password('carla', 'wrong');
    t.equal(ended(await password('carla', 'wrong')), 'LOCK002');
    clock.advance(365 * 86_400_000);
    t.equal(ended(await password('carla', 'Carla123')), 'AUTH005');
    t.match(await (await fetch(`${sandbox.url}/testtools/`)).text(), /locked/);
    await unlock('carla');
    t.match(await password('carla', 'Carla123'), { view: 'key' });
  });

  t.test('wrong keys: each asks for another one, the fifth revokes the card', async (t) => {
    const { session } = await open();
    const asked = [await password('dines', 'Dines123', session)];
    for (const attemptsLeft of [4, 3, 2, 1]) {
      const next = await step('key', { session, key: 'wrong' });
      t.match(next, { view: 'key', problem: 'key', attemptsLeft });
      asked.push(next);
    }
    t.equal(new Set(asked.map((view) => (view as { number: string }).number)).size, 5);
    t.equal(ended(await step('key', { session, key: 'wrong' })), 'LOCK003');
    t.equal(ended(await password('dines', 'Dines123')), 'AUTH007');
    await unlock('dines');
  });

  t.test('a key is asked for once, and a new card comes in time', async (t) => {
    const first = KEYS_PER_CARD - KEYS_LEFT_FOR_NEW_CARD;
    const fresh = await fetch(`${sandbox.url}/testtools/person/bo/card`, { method: 'POST' });
    const page = await fresh.text();
    t.equal(page.match(/<tr>/g)?.length, 38, 'a heading and 37 rows');
    t.equal(page.match(/<td/g)?.length, 296, 'of four pairs');
    const asked: string[] = [];
    for (let count = 0; count <= first; count++) {
      const view = await password('bo', 'Bo123456');
      if (view.view === 'key') asked.push(`${view.card} ${view.number}`);
    }
    t.equal(new Set(asked).size, asked.length);
    t.same(
      asked.map((item) => item.split(' ')[0]).filter((card, index, cards) => cards.indexOf(card) === index)
        .length,
      2,
      'the last one is on the next card',
    );
    t.equal(asked.filter((item) => item.startsWith(asked[0]?.split(' ')[0] ?? '')).length, first);
  });
});
