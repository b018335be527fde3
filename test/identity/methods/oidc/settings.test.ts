/** What METHODS_FILE may say of an OpenID provider, what it must, and what is refused at start or told by the doctor. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readCatalogue } from '@segl/identity/catalogue';
import type { HttpClient, MethodDeps, Provider } from '@segl/identity/method';
import { openOidcProvider } from '@segl/identity/methods/oidc/provider';
import { requiredFields } from '@segl/identity/methods/oidc/settings';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { systemClock } from '@segl/problem/clock';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import { act, goThrough, signTask, startOidc, told, visitor } from '../../../support/oidc.ts';

const folder = await mkdtemp(join(tmpdir(), 'segl-oidc-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const written = async (name: string, content: string): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const pem = (key: ReturnType<typeof generateKeyPairSync>): string =>
  key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const clientSecretFile = await written('secret', 'a secret\n');

const asked: string[] = [];
const counting = (http: HttpClient): HttpClient => ({
  get: (url, headers) => {
    asked.push(url);
    return http.get(url, headers);
  },
  post: (...args) => http.post(...args),
  close: () => http.close(),
});

const depsFor = (allow: readonly string[]): MethodDeps =>
  ({
    clock: systemClock,
    http: () => counting(createOutbound({ allow, timeoutMs: 2_000 })),
  }) as unknown as MethodDeps;

const open = (
  settings: Readonly<Record<string, unknown>>,
  profile = 'generic',
  allow = ['127.0.0.0/8', '::1/128'],
) =>
  openOidcProvider(
    {
      id: 'one',
      profile,
      settings: {
        ...{ issuer: 'https://provider.example.com', clientId: 'segl', clientSecretFile },
        ...{ idTokenAlgorithm: 'RS256', requestObject: false, pushedRequests: true, test: false },
        ...settings,
      },
    } satisfies Provider,
    depsFor(allow),
  );

const problemOf = async (opening: Promise<{ close(): Promise<void> }>): Promise<string> => {
  try {
    await (await opening).close();
    return 'none';
  } catch (error) {
    const { code, params } = error as { code: string; params: { problems?: readonly { code: string }[] } };
    return [code, ...(params.problems ?? []).map((one) => one.code)].join(' ');
  }
};

t.test('an issuer over http only on this machine', async (t) => {
  for (const issuer of [
    'http://provider.example.com',
    'http://10.0.0.1',
    'http://localhost.example.com',
    'http://127.evil.example',
  ])
    t.equal(await problemOf(open({ issuer })), 'CONFIG_INVALID oidc/issuer-insecure', issuer);
  for (const issuer of [
    'http://localhost:1',
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'http://sandbox.localhost:1',
    'https://provider.example.com',
  ])
    t.equal(await problemOf(open({ issuer })), 'none', issuer);
});

t.test('keys that cannot be used are refused at start', async (t) => {
  const rsa = await written('rsa.pem', pem(generateKeyPairSync('rsa', { modulusLength: 2048 })));
  const small = await written('small.pem', pem(generateKeyPairSync('rsa', { modulusLength: 1024 })));
  const ec = await written('ec.pem', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' })));
  const other = await written('other.pem', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' })));
  const none = await written('none.pem', 'no key');
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['none', { signingKeyFile: rsa }],
    ['none', { signingKeyFile: rsa, signingAlgorithm: 'PS256' }],
    ['none', { signingKeyFile: ec }],
    ['CONFIG_INVALID oidc/key-algorithm', { signingKeyFile: ec, signingAlgorithm: 'RS256' }],
    ['CONFIG_INVALID oidc/key-algorithm', { signingKeyFile: other }],
    ['CONFIG_INVALID oidc/key-algorithm', { signingKeyFile: small }],
    ['CONFIG_INVALID oidc/key-algorithm', { decryptionKeyFile: ec }],
    ['none', { decryptionKeyFile: rsa }],
    ['CONFIG_INVALID oidc/key', { signingKeyFile: none }],
    ['CONFIG_INVALID oidc/file', { signingKeyFile: join(folder, 'absent') }],
    ['CONFIG_INVALID oidc/file', { clientSecretFile: join(folder, 'absent') }],
    ['CONFIG_INVALID oidc/key-set', { keysFile: none }],
    ['none', { keysFile: await written('set.json', '{"keys":[]}') }],
  ];
  for (const [problem, settings] of cases)
    t.equal(await problemOf(open(settings)), problem, JSON.stringify(Object.keys(settings)));
});

t.test('what must be set', (t) => {
  t.same(requiredFields('idura', {}), ['issuer', 'clientId', 'clientSecretFile']);
  t.same(requiredFields('idura', { signingKeyFile: 'x' }), ['issuer', 'clientId', 'signingKeyFile']);
  t.same(requiredFields('idura', { requestObject: true }), ['issuer', 'clientId', 'signingKeyFile']);
  t.same(requiredFields('ftn', {}), [
    'issuer',
    'clientId',
    'signingKeyFile',
    'signingKeyId',
    'decryptionKeyFile',
    'keysFile',
  ]);
  t.end();
});

t.test('a name is off, and says why, while something is missing', async (t) => {
  const file = {
    providers: { neb: { module: 'oidc', profile: 'neb', issuer: 'https://x.example.com' } },
    methods: [],
  };
  const { off } = await readCatalogue(JSON.stringify(file));
  t.match(
    off.find(({ name }) => name === 'mitid'),
    { why: { code: 'method/setting-missing' } },
  );
});

t.test('the rules of the network hold, and what a provider says of itself is asked once', async (t) => {
  const home = await startOidc(t, (sandbox) => ({
    providers: {
      ...sandbox.providers,
      testing: { ...sandbox.providers['idura'], test: true },
      plain: { ...sandbox.providers['idura'], pushedRequests: false },
      signed: { ...sandbox.providers['ftn'], pushedRequests: false },
      any: { ...sandbox.providers['signicat'], profile: 'generic' },
    },
    methods: [
      { name: 'm-testing', eid: 'mitid', provider: 'testing', uses: ['sign'], assurance: 'substantial' },
      { name: 'm-plain', eid: 'mitid', provider: 'plain', uses: ['sign'], assurance: 'substantial' },
      { name: 'm-signed', eid: 'ftn', provider: 'signed', uses: ['sign'], assurance: 'substantial' },
      {
        ...{ name: 'm-any', eid: 'mitid', provider: 'any', uses: ['sign'], assurance: 'substantial' },
        options: {
          ...{ acrValues: 'idp:mitid', levelClaim: 'mitid_loa', subjectClaim: 'idp_id' },
          levels: { LOW: 'low', SUBSTANTIAL: 'substantial' },
          nationalId: { claim: 'nin', country: 'DK', type: 'CPR' },
          text: { parameter: 'login_hint', limit: 60 },
        },
      },
    ],
  }));
  const { issuer } = home.catalogue.providers.get('oidc')![0]!.settings as { readonly issuer: string };

  await t.test('internal addresses only as allowed', async (t) => {
    const shut = await open({ issuer }, 'generic', []);
    await t.rejects(shut.connect(), { code: 'UNAVAILABLE', cause: { code: 'OUTBOUND_REFUSED' } });
    t.match(await shut.doctor(true), { verdict: 'failed', found: { code: 'UNAVAILABLE' } });
    await shut.close();
  });

  await t.test('discovery', async (t) => {
    const provider = await open({ issuer });
    asked.length = 0;
    await Promise.all([provider.connect(), provider.connect()]);
    await provider.connect();
    t.same(asked, [`${issuer}/.well-known/openid-configuration`]);
    t.match(await provider.doctor(true), { verdict: 'ok', found: { code: 'oidc/found' } });
    t.match(await provider.doctor(false), { verdict: 'note' });
    await provider.close();
    const other = await open({ issuer: issuer.replace('localhost', '127.0.0.1') });
    await t.rejects(other.connect(), { code: 'UNAVAILABLE' }, 'it says that it is another');
    await other.close();
  });

  await t.test('tokens of simulated log-ons only from a provider for testing', async (t) => {
    const step = await goThrough(home.method('m-testing'), signTask(), { outcome: 'simulated' });
    t.equal(told(step), 'done');
    if (step.kind === 'done')
      t.equal(readIdentityEvidence(step.evidence[0]!.native).method.test, true, 'and the evidence says so');
  });

  await t.test('how requests are sent', async (t) => {
    const parameters = async (name: string): Promise<string[]> =>
      [...new URL((await act(home.method(name), signTask())).url).searchParams.keys()].sort();
    t.same(await parameters('mitid'), ['client_id', 'request_uri'], 'pushed');
    t.same(await parameters('m-signed'), ['client_id', 'request'], 'signed');
    t.same(await parameters('m-plain'), [
      ...[
        'acr_values',
        'client_id',
        'code_challenge',
        'code_challenge_method',
        'login_hint',
        'max_age',
        'nonce',
      ],
      ...['prompt', 'redirect_uri', 'response_type', 'scope', 'state'],
    ]);
    const goodFor = async (name: string): Promise<unknown> => {
      const step = await home.method(name).start(signTask(), visitor);
      return step.kind === 'show' && step.show.as === 'redirect' ? step.show.goodForMs : step.kind;
    };
    t.same(
      [await goodFor('mitid'), await goodFor('m-plain')],
      [60_000, undefined],
      'a pushed one is forgotten',
    );
    const { searchParams } = new URL((await act(home.method('m-plain'), signTask())).url);
    t.match(Object.fromEntries(searchParams), {
      prompt: 'login',
      code_challenge_method: 'S256',
      max_age: '600',
    });
  });

  await t.test('any provider, by what METHODS_FILE says', async (t) => {
    const step = await goThrough(home.method('m-any'), signTask({ nationalId: '1405822042' }));
    t.equal(told(step), 'done');
    t.equal(
      told(await goThrough(home.method('m-any'), signTask(), { level: 'high' })),
      'NATIVE_SIGNATURE_REFUSED level id-token/level',
      'a level without a meaning is none',
    );
    const entry = home.catalogue.entries.find(({ name }) => name === 'm-any')!;
    for (const options of [
      { unknown: 1 },
      { scopes: 'profile' },
      { levels: { x: 'highest' } },
      { text: { parameter: 'x', limit: 5 } },
    ])
      t.throws(() => home.opened.method({ ...entry, options }, 'sign'), { code: 'CONFIG_INVALID' });
  });

  await t.test('a state fits what is kept of it', async (t) => {
    const long = 'Æ'.repeat(2_000);
    const task = signTask();
    const [document] = task.documents;
    const step = await home
      .method('mitid')
      .start({ ...task, documents: [{ ...document!, title: long.slice(0, 1_000) }] }, visitor);
    if (step.kind !== 'show') throw new Error(step.kind);
    t.ok(step.state.length <= 8_192, String(step.state.length));
  });
});
