/** `segl method`, as an operator uses it who adds a provider, and then an account that has its own mind. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { startBluebird } from '../identity/methods/bluebird/provider.ts';
import { createPlace, until } from '../support/server/running.ts';

const aviary = fileURLToPath(new URL('../identity/methods/bluebird/aviary.js', import.meta.url));

t.test('list, show, add, check, keys, account', async (t) => {
  const bird = await startBluebird();
  t.teardown(() => bird.close());
  const place = await createPlace(t);
  await place.start();
  const file = join(place.dataDir, 'methods.json');
  const trustFile = join(place.dataDir, 'bird.pem');
  writeFileSync(trustFile, certificatesToPem([bird.certificate]));
  const method = (...args: string[]) =>
    place.ask('method', { METHODS_FILE: file, PUBLIC_URL: 'https://sign.example' }, args);
  const written = () => JSON.parse(readFileSync(file, 'utf8')) as object;

  writeFileSync(file, JSON.stringify([{ name: 'nemid', title: 'NemID, still' }]), { mode: 0o640 });
  t.match(await method('list'), {
    code: 0,
    output: /^nemid-sign +on +nemid.*\n(.*\n)*mitid +off +nobody answers for mitid: providers\.NAME in/m,
  });
  t.match(await method('show', 'nobody'), { code: 1, output: /no identity method "nobody"/ });
  t.match(await method('check', 'mitid'), { code: 1, output: /"mitid" is off: nobody answers/ });
  const broker = ['--provider', 'broker', '--module', aviary, '--profile', 'nest'];

  t.match(await method('add', 'mitid', ...broker, '--set', 'url=nest'), {
    code: 1,
    output: /broker\.url in/,
  });
  t.match(await method('add', 'mitid', ...broker, '--set', 'url'), { code: 1, output: /FIELD=VALUE/ });
  t.match(await method('add', 'mitid', '--provider', 'broker'), { code: 1, output: /needs --profile/ });
  t.same(written(), [{ name: 'nemid', title: 'NemID, still' }], 'what is refused is not written');

  t.match(
    await method('add', 'mitid', ...broker, '--set', `url=${bird.url}`, '--set', `trustFile=${trustFile}`),
    {
      code: 0,
      output:
        /off until more is said: providers\.broker\.secret in METHODS_FILE must be set: What the broker knows us by.*https:\/\/sign\.example\/std\/return/s,
    },
  );
  t.match(await method('show', 'mitid'), {
    code: 0,
    output:
      /on +no: providers\.broker\.secret in METHODS_FILE must be set.*eID +mitid, dk.*Who can answer for it:\n.*The Nest: --module aviary --profile nest\n +--set url=…  Where signers are sent/s,
  });
  t.equal(statSync(file).mode & 0o777, 0o640, 'for the same readers');
  t.match(await method('list'), {
    output: /^mitid +off +missing: providers\.broker\.secret in METHODS_FILE$/m,
  });
  const json = written() as { providers: { broker: Record<string, unknown> } };
  t.same(json, {
    providers: { broker: { module: aviary, profile: 'nest', url: bird.url, trustFile } },
    methods: [
      { name: 'nemid', title: 'NemID, still' },
      { name: 'mitid', provider: 'broker' },
    ],
  });
  json.providers.broker['secret'] = 'hush';
  writeFileSync(file, JSON.stringify(json));
  t.match(await method('check', 'mitid'), { code: 0, output: /ok +broker .*Ready/s });
  t.match(await method('show', 'mitid'), {
    code: 0,
    output: /on +yes.*answered by +broker \(nest\).*redirect URI +https:/s,
  });
  t.notMatch((await method('show', 'passkey')).output, /redirect/, 'nobody is sent anywhere');
  t.notMatch((await method('show', 'mitid')).output, /hush/);

  t.match(await method('add', 'mitid', '--provider', 'broker'), {
    code: 1,
    output: /"mitid" stands in .* already/,
  });
  t.match(await method('add', 'sbid', ...broker), {
    code: 1,
    output: /provider "broker" stands in .* already/,
  });
  t.match(await method('add', 'staff', '--provider', 'broker', '--eid', 'bankid-se', '--use', 'sign'), {
    code: 0,
    output: /Written/,
  });
  t.match(await method('list'), {
    output: /^staff +on +bankid-se +broker \(nest\) +substantial +BankID \(Sverige\)$/m,
  });

  t.match(await method('keys', 'mitid'), { code: 0, output: /^Nothing is logged yet/ });
  t.match(await method('keys', 'telia'), { code: 1, output: /"telia" is off/ });
  const logged = await until('the keys of a provider of the sandbox', async () => {
    const program = place.run('method', {}, ['keys', 'mitid-idura']);
    return (await program.ended) === 0 && /idura-1/.test(program.output()) && program.output();
  });
  t.match(
    logged,
    /^entry +since +until +time-stamped +keys\n[0-9a-f-]{36} +(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +){3}idura-1\n$/,
  );

  for (const [command, tells] of [
    ['show', /options +backchannel/],
    ['check', /asks people in their app/],
  ] as const) {
    const program = place.run('method', {}, [command, 'mitid-app']);
    t.equal(await program.ended, 0, command);
    t.match(program.output(), tells, command);
  }

  t.match(await method('account', 'nobody', '--strict'), { code: 1, output: /no account "nobody"/ });
  t.match(await method('account', 'demo', '--off', 'mitid', '--strict'), {
    code: 0,
    output: /demo: strict.*\n +mitid +off/,
  });
  t.match(await method('list', '--account', 'demo'), { output: /^mitid +off +it is switched off/m });
  t.match(await method('list'), { output: /^mitid +on/m });
  t.match(await method('account', 'demo', '--on', 'mitid', '--lenient'), {
    output: /lenient.*\n +mitid +on/,
  });
  t.match(await method('account', 'demo', '--off', 'nobody'), {
    code: 1,
    output: /no identity method "nobody"/,
  });
  const lines = join(place.dataDir, 'lines.json');
  writeFileSync(
    lines,
    JSON.stringify([{ name: 'member', eid: 'mitid', provider: 'broker', uses: ['sign'] }]),
  );
  t.match(await method('account', 'demo', '--lines', lines), {
    code: 0,
    output: /^ {2}member +on +\{"eid":"mitid","provider":"broker"/m,
  });
  t.match(await method('list', '--account', 'demo'), { output: /^member +on +mitid +broker/m });
  t.match(await method('account', 'demo', '--lines', file), {
    code: 1,
    output: /may only have "methods": accounts choose among the providers/,
  });
  t.match(await method('account', 'demo', '--reset'), { code: 0, output: /^demo: lenient[^\n]*\n$/ });
});

t.test('a chain is told with its links, which one is off, and what that lacks', async (t) => {
  const place = await createPlace(t);
  const file = join(place.dataDir, 'chains.json');
  const method = (...args: string[]) =>
    place.ask('method', { METHODS_FILE: file, PUBLIC_URL: 'https://sign.example' }, args);
  const write = (providers: object): void =>
    writeFileSync(
      file,
      JSON.stringify({
        providers,
        methods: [
          { name: 'code-mitid', chain: ['sms-otp', 'mitid'] },
          { name: 'mitid-ink', chain: ['mitid', 'ink'], title: 'MitID and pen' },
        ],
      }),
    );
  const sms = { module: 'otp', profile: 'sms' };
  write({ sms, broker: { module: 'oidc', profile: 'neb', issuer: 'https://neb.example' } });
  t.match(await method('list'), {
    code: 0,
    output:
      /^code-mitid +off +its link "mitid" is off: providers\.broker\.clientId in METHODS_FILE must be set/m,
  });
  t.match(await method('show', 'code-mitid'), {
    code: 0,
    output:
      /on +no: its link "mitid" is off.*link 1 +sms-otp: sms \(sms\), low\n +link 2 +mitid: off, providers\.broker\.clientId/s,
  });
  t.match(await method('check', 'code-mitid'), { code: 1, output: /"code-mitid" is off: its link "mitid"/ });
  write({
    sms,
    broker: {
      module: 'oidc',
      profile: 'signicat',
      issuer: 'https://a.example',
      clientId: 'us',
      clientSecretFile: '/s',
    },
  });
  t.match(await method('list'), {
    output:
      /^code-mitid +on +mitid +chain: sms-otp, mitid +substantial +Code by SMS \+ MitID\n(.*\n)*mitid-ink +on .*MitID and pen$/m,
  });
  t.match(await method('show', 'mitid-ink'), {
    output:
      /on +yes\n.*link 1 +mitid: broker \(signicat\), substantial\n +link 2 +ink: drawn on the page.*level +substantial/s,
  });
  writeFileSync(file, JSON.stringify([{ name: 'both', chain: ['mitid'] }]));
  t.match(await method('list'), {
    code: 1,
    output: /the chain "both" must list from two to 4 different names/,
  });
});
