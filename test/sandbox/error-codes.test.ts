/** Every error code of the NemID client, reached on purpose, and told to signer and operator. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ManualClock } from '@segl/problem/clock';
import { errorCodes } from '@segl/identity/methods/nemid/client/error-codes';
import { meaningOf } from '@segl/identity/methods/nemid/error-meaning';
import { nemidProblems } from '@segl/identity/methods/nemid/problems';
import { languages } from '@segl/problem/catalogue';
import { createNemIdMethod } from '@segl/identity/methods/nemid/method';
import { signParameters, writeTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import { createPidCprClient } from '@segl/identity/methods/nemid/cpr/pid-cpr';
import { projectFile } from '@segl/server/paths';
import { RevocationService } from '@segl/pki/revocation/revocation';
import type { ClientView } from '@segl/sandbox/methods/nemid/client/client-session';
import { ways } from '@segl/sandbox/methods/nemid/client/ways';
import type { UserStatus } from '@segl/sandbox/methods/nemid/users/service';
import { call, keyOf, openSandbox, post } from './support.ts';

const ORIGIN = 'https://sign.example.org';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const WRONG = Array.from({ length: 5 }, () => 'wrong');
const HOURS = 3_600_000;
const MINUTES = 60_000;

/** Played by the browser's side of the client; the browser test has it. */
const IN_THE_BROWSER = ['LIB002'];

t.test('all codes', async (t) => {
  const clock = new ManualClock('2026-05-04T10:00:00Z');
  const sandbox = await openSandbox(t, { clock });
  const voces = await keyOf(sandbox, 'VOCES');
  const step = (name: string, body: object) => call<ClientView>(sandbox, `/launcher/api/${name}`, body);
  const tools = <T = UserStatus>(path: string, body: object = {}): Promise<T> =>
    fetch(`${sandbox.url}/testtools/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((response) => response.json() as Promise<T>);

  const codeOf = (view: ClientView): string =>
    view.view === 'end' ? Buffer.from(view.response, 'base64').toString('latin1', 0, 40) : `at ${view.view}`;
  const start = async (change: Record<string, string> = {}, key = voces): Promise<ClientView> => {
    const parameters = await signParameters(
      {
        ...{ CLIENTFLOW: 'OCESSIGN2', ORIGIN, SIGNTEXT: base64('I agree.') },
        ...{ TIMESTAMP: writeTimestamp(clock.now()), ...change },
      },
      key,
    );
    return step('start', { parameters: JSON.stringify(parameters), origin: ORIGIN });
  };
  const open = async (): Promise<string> => {
    const view = await start();
    if (view.view !== 'user') throw new Error(codeOf(view));
    return view.session;
  };
  let users = 0;
  const user = (fields: object = {}): Promise<UserStatus> =>
    tools('persons', { alias: `code${String((users += 1))}`, password: 'right1', ...fields });
  const keyFor = async (view: ClientView): Promise<string> => {
    if (view.view !== 'key') throw new Error(codeOf(view));
    return (await tools<{ key: string }>('key', { card: view.card, number: view.number })).key;
  };
  /** Types these passwords, each where the screen is the first one. */
  const passwords = async (userId: string, typed: readonly string[] = ['right1']): Promise<string> => {
    const session = await open();
    let code = '';
    for (const password of typed) code = codeOf(await step('password', { session, userId, password }));
    return code;
  };
  /** To the screen of the key. */
  const toKey = async (userId: string): Promise<{ session: string; asked: ClientView }> => {
    const session = await open();
    return { session, asked: await step('password', { session, userId, password: 'right1' }) };
  };
  const throughKey = async (userId: string): Promise<string> => {
    const { session, asked } = await toKey(userId);
    return codeOf(await step('key', { session, key: await keyFor(asked) }));
  };

  const scenarios: Record<string, () => Promise<string>> = {
    APP001: async () => codeOf(await start({ LANGUAGE: 'SV' })),
    APP002: async () => codeOf(await start({ SIGNTEXT_FORMAT: 'HTML' })),
    APP007: async () => codeOf(await start({ COLOUR: 'blue' })),
    APP008: async () => codeOf(await start({ CLIENTFLOW: 'OCESLOGIN2' })),
    AUTH004: async () => {
      const { userId } = await user();
      await passwords(userId, WRONG);
      return passwords(userId);
    },
    AUTH005: () => passwords('frida', ['Frida123']),
    AUTH006: async () => {
      const { userId } = await user();
      await tools(`persons/${userId}/new-cards`, { automatic: false });
      await tools(`persons/${userId}/card`, { left: 0 });
      return passwords(userId);
    },
    AUTH007: async () => {
      const { userId } = await user();
      await tools(`persons/${userId}/lock`, { why: 'key' });
      return passwords(userId);
    },
    AUTH008: async () => passwords((await user({ activate: false })).userId),
    AUTH010: async () => {
      const { session, asked } = await toKey((await user()).userId);
      await step('key', { session, key: 'wrong' });
      return codeOf(await step('key', { session, key: await keyFor(asked) }));
    },
    AUTH012: async () => {
      const { session, asked } = await toKey((await user()).userId);
      clock.advance(5 * MINUTES + 1);
      return codeOf(await step('key', { session, key: await keyFor(asked) }));
    },
    AUTH019: async () => codeOf(await start({ PREVENT_OTP_CARD: 'TRUE' })),
    CAN001: async () => {
      const { userId } = await user({ temporary: true });
      const { session, asked } = await toKey(userId);
      t.match(await step('key', { session, key: await keyFor(asked) }), { view: 'new-password' });
      const code = codeOf(await step('cancel', { session }));
      t.equal(await passwords(userId), 'AUTH008', 'the temporary password is spent');
      return code;
    },
    CAN002: async () => codeOf(await step('cancel', { session: await open() })),
    CAN003: async () => {
      const session = await open();
      t.same(await step('idle', { session }), {}, 'not yet');
      clock.advance(10 * MINUTES + 1);
      return codeOf(await step('idle', { session }));
    },
    LOCK001: async () => passwords((await user()).userId, WRONG),
    LOCK002: async () => {
      const { userId } = await user();
      await passwords(userId, WRONG);
      clock.advance(8 * HOURS);
      return passwords(userId, WRONG);
    },
    LOCK003: async () => {
      const { session } = await toKey((await user()).userId);
      let code = '';
      for (const key of WRONG) code = codeOf(await step('key', { session, key }));
      return code;
    },
    OCES001: async () => throughKey((await user({ oces: false })).userId),
    OCES004: async () => throughKey((await user({ cpr: '0101154001' })).userId),
    SRV001: async () => {
      const [good, other] = [{ LANGUAGE: 'DA' }, { LANGUAGE: 'EN' }].map((change) =>
        signParameters({ CLIENTFLOW: 'OCESSIGN2', TIMESTAMP: writeTimestamp(clock.now()), ...change }, voces),
      );
      const mixed = { ...(await good), DIGEST_SIGNATURE: (await other)?.['DIGEST_SIGNATURE'] };
      return codeOf(await step('start', { parameters: JSON.stringify(mixed), origin: ORIGIN }));
    },
    SRV002: async () => codeOf(await step('password', { session: await open() })),
    SRV003: async () =>
      codeOf(await start({ TIMESTAMP: writeTimestamp(new Date(clock.now().getTime() - 4 * MINUTES)) })),
    SRV005: async () => codeOf(await start({}, await keyOf(sandbox, 'SEAL'))),
    SRV006: async () => codeOf(await step('sign', { session: await open() })),
    SRV010: async () => {
      const [{ id = '' } = {}] = (await (await fetch(`${sandbox.url}/testtools/api/providers`)).json()) as {
        id?: string;
      }[];
      await tools('providers', { id, allow: '192.0.2.1' });
      const code = codeOf(await start());
      await tools('providers', { id, allow: '127.0.0.1 ::1' });
      t.equal(codeOf(await start()), 'at user', 'from an address that is allowed');
      await tools('providers', { id, allow: '' });
      return code;
    },
    SRV011: async () => codeOf(await start({ TRANSACTION_CONTEXT: base64('x'.repeat(101)) })),
  };

  t.test('that the sandbox plays are played', async (t) => {
    const played = ways.filter(({ how }) => how !== undefined).map(({ code }) => code);
    t.same(Object.keys(scenarios).concat(IN_THE_BROWSER).sort(), [...played].sort());
    for (const [code, scenario] of Object.entries(scenarios)) t.equal(await scenario(), code, code);
  });

  t.test('can be asked for in the client, and set as the ending of a user', async (t) => {
    const { userId } = await user();
    for (const code of errorCodes) {
      t.equal(codeOf(await step('end', { session: await open(), code })), code);
      await tools(`persons/${userId}/ending`, { code, after: 'password', once: true });
      t.equal(await passwords(userId), code);
      t.equal(await passwords(userId), 'at key', 'once');
    }
    await tools(`persons/${userId}/ending`, { code: 'SRV004', after: 'sign', once: false });
    for (const time of ['first', 'second']) {
      const { session, asked } = await toKey(userId);
      await step('key', { session, key: await keyFor(asked) });
      t.equal(codeOf(await step('sign', { session })), 'SRV004', `the ${time} time`);
    }
    t.match(await tools(`persons/${userId}/ending`, { code: 'NOPE1' }), { code: 'BAD_REQUEST' });
    t.equal(codeOf(await step('end', { session: await open(), code: 'NOPE1' })), 'SRV006');
  });

  t.test('reach the service, and have texts for signer and operator', async (t) => {
    const method = createNemIdMethod({
      ...{
        holders: 'persons',
        client: 'launcher',
        clientUrl: sandbox.url,
        friendlyName: 'Segl',
        policyPrefix: '1',
        trustAnchors: [],
        vocesKey: voces,
      },
      clock,
      pidCpr: createPidCprClient({ url: sandbox.url, serviceId: '1', post, mode: 'match' }),
      revocation: new RevocationService({ post, clock }),
      random: (bytes) => randomBytes(bytes),
    });
    const material = { documentId: 'd', title: 'T', mimeType: 'text/plain', bytes: Buffer.from('T') };
    const { expected } = await method.start(material, { origin: ORIGIN, language: 'da' });
    const texts = ['da', 'en'].map(
      (language) =>
        JSON.parse(
          readFileSync(
            projectFile('src', 'identity', 'methods', 'nemid', 'texts', `${language}.json`),
            'utf8',
          ),
        ) as Record<string, string>,
    );
    for (const code of errorCodes) {
      t.same(await method.receive(base64(code), material, expected), { kind: 'error', code });
      for (const text of texts) {
        const sentence = text[`nemid.${code}`] ?? '';
        t.match(sentence, /^.{15,}\.$/, `${code} is told to the signer`);
        t.not(sentence, text['nemid.UNKNOWN']);
      }
      for (const language of languages) {
        const meaning = nemidProblems.catalogue.text(meaningOf(code), language);
        t.match(meaning, /^.{15,}\.$/, `${code} is told to the operator`);
      }
    }
  });

  t.test('stand in the log, without a secret', async (t) => {
    const { userId, password } = await user();
    await passwords(userId, ['wrong-secret', 'right1']);
    const log = await (await fetch(`${sandbox.url}/testtools/api/persons/${userId}/log`)).text();
    t.match(log, /password wrong/);
    t.match(log, /password right/);
    t.notMatch(log, /wrong-secret/);
    t.notMatch(log, new RegExp(password));
  });
});
