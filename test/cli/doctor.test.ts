/** `segl doctor` beside a running service: all is well, and what it says when something is not. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { generalProblems } from '@segl/problem/problems';
import { basicConstraints, subjectAltNameHosts } from '@segl/sandbox/pki/extensions';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { noteRunFailed, noteRunStarted } from '@segl/server/adapters/postgres/work/scheduled-jobs';
import { loadConfig } from '@segl/server/config/config';
import { withDatabase } from '@segl/cli/store';
import { createPlace, freePort, until } from '../support/server/running.ts';
import { createTestPki, issue, POLICY, type Identity } from '../support/signatures/test-pki.ts';
import { tool } from '../support/tools.ts';

interface Finding {
  readonly check: string;
  readonly code: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly todo?: string;
}

t.test('segl doctor', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const folder = mkdtempSync(join(tmpdir(), 'segl-doctor-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const pem = (name: string, ...identities: readonly Identity[]): string =>
    write(name, certificatesToPem(identities.map(({ certificate }) => certificate.der)));
  const keyOf = (name: string, { privateKey }: Identity, passphrase?: string): string =>
    write(
      name,
      privateKey.export({
        ...({ type: 'pkcs8', format: 'pem' } as const),
        ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
      }) as string,
    );
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  const doctor = async (env: NodeJS.ProcessEnv = {}, ...args: string[]) => {
    const program = place.run('doctor', env, args);
    return { code: await program.ended, output: program.output() };
  };
  /** What is found where something is wrong, by check. */
  const wrongs = async (env: NodeJS.ProcessEnv): Promise<(check: string) => string> => {
    const { code, output } = await doctor(env, '--json');
    t.notMatch(output, /not-told/, 'no secret is printed');
    const all = JSON.parse(output) as Finding[];
    for (const { check, code } of all) t.match(code, /^([a-z]+\/)?[\w-]+$/, check);
    const found = all.filter(({ verdict }) => verdict !== 'ok');
    t.equal(code, found.some(({ verdict }) => verdict === 'fail') ? 1 : 0, 'the exit code says so');
    return (check) =>
      found
        .filter((one) => one.check === check)
        .map(({ verdict, text, todo }) => `${verdict}: ${text} → ${String(todo)}`)
        .join('\n');
  };
  const nowhere = await freePort();

  await t.test('all is well', async (t) => {
    const { code, output } = await doctor();
    t.equal(code, 0, output);
    for (const check of [
      ...['seal', 'seal-expiry', 'seal-chain', 'seal-status', 'tsa', 'clock', 'trust', 'disk'],
      ...['database', 'queue', 'schedule', 'redis', 'mail', 'sms', 'public-url', 'tls'],
    ])
      t.match(output, new RegExp(`^ok {4}${check} `, 'm'), check);
    t.match(output, /sms +The SMS gateway answers/);
    t.match(output, /chain: code-mitid +All links are on: sms-otp, mitid\./);
    t.match(output, /nemid: pid-cpr .*match is allowed[^]*Ready\.\n$/);
  });

  const pki = createTestPki();
  const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);
  const rootFile = pem('root.pem', pki.root);
  const seal = (name: string, own = pki.signer): NodeJS.ProcessEnv => ({
    SEAL_KEY_FILE: keyOf(`${name}.key`, own),
    SEAL_CHAIN_FILE: pem(`${name}.pem`, own, pki.issuingCa, pki.root),
    SEAL_TRUST_FILE: rootFile,
  });
  const oldSeal = issue([{ CN: 'Old seal' }], [basicConstraints({ ca: false })], {
    ...{ issuer: pki.issuingCa, notBefore: days(-400), notAfter: days(-3) },
  });
  const oldRoot = issue([{ CN: 'Old root' }], [basicConstraints({ ca: true })], { notAfter: days(-1) });
  const ageingRoot = issue([{ CN: 'Ageing root' }], [basicConstraints({ ca: true })], { notAfter: days(30) });
  const lockedKey = keyOf('with-password.key', pki.signer, 'right');
  let serial = 1;
  /** A time-stamp authority whose clock is off. */
  const tsa = (ms: number): Promise<string> =>
    serve((request, response) => {
      void buffer(request).then(async (body) => {
        const at = new Date(Date.now() + ms);
        const authority = { key: pki.tsaKey, now: at, policyOid: POLICY, serial: serial++ };
        response.setHeader('content-type', 'application/timestamp-reply');
        response.end(await answerTimestamp(body, authority));
      });
    });
  const gateway = await serve(({ headers: { authorization } }, response) => {
    response.statusCode = authorization === 'Bearer right' ? 503 : 401;
    response.end();
  });
  const web = (host: string, until = days(90)): Identity =>
    issue([{ CN: host }], [subjectAltNameHosts(host)], { issuer: pki.issuingCa, notAfter: until });
  const tls = (name: string, own: Identity, ...others: readonly Identity[]): NodeJS.ProcessEnv => ({
    TLS_CERT: pem(`${name}.pem`, own, ...others),
    TLS_KEY: keyOf(`${name}.key`, own),
    PUBLIC_URL: `https://localhost:${nowhere}`,
  });
  const redis = await startRedis(t, folder);
  const redisUrl = (password: string): NodeJS.ProcessEnv => ({
    ...(redis !== undefined && { REDIS_URL: `redis://:${password}@127.0.0.1:${redis}` }),
  });
  const file = write('file', '');
  const chains = [{ name: 'code-mitid', chain: ['sms-otp', 'mitid'] }];

  /** Each with something wrong in several parts; what is said of each part. */
  const rounds: Record<string, [NodeJS.ProcessEnv, Record<string, RegExp>]> = {
    'a chain with a link that nobody answers for': [
      {
        METHODS_FILE: write(
          'chains.json',
          JSON.stringify({ providers: { sms: { module: 'otp', profile: 'sms' } }, methods: chains }),
        ),
      },
      {
        'chain: code-mitid':
          /^warn: .*its link "mitid" is off: nobody answers for mitid: providers\.NAME in METHODS_FILE.*segl method show/,
      },
    ],
    'nobody answers, and files are missing': [
      {
        SEAL_KEY_FILE: keyOf('of-another.key', pki.signer),
        TSA_URL: `http://localhost:${nowhere}/`,
        SMTP_URL: `smtp://user:not-told@localhost:${nowhere}`,
        SMS_GATEWAY_URL: `http://localhost:${nowhere}/?key=not-told`,
        REDIS_URL: `redis://user:not-told@localhost:${nowhere}`,
        PUBLIC_URL: `http://localhost:${nowhere}`,
        DATABASE_URL: `postgres://user:not-told@localhost:${nowhere}/none`,
        CPR_TRUST_FILE: '/none/cpr.pem',
        TLS_CERT: '/none/tls.pem',
        TLS_KEY: '/none/tls.key',
      },
      {
        seal: /^fail: .*does not belong to the certificate .* → Check the key file/,
        tsa: /^fail: .*gave no usable time-stamp: it does not answer.* → .*TSA_URL/,
        mail: /^fail: .*cannot be used \(\w+\)\. → Check SMTP_URL/,
        sms: /^fail: The request to localhost:\d+ failed.* → Check SMS_GATEWAY_URL/,
        redis: /^fail: Redis cannot be used \(ECONNREFUSED\)\. → Start Redis; check REDIS_URL/,
        'public-url': /^fail: .*does not answer \(ECONNREFUSED\)\. → Start the service/,
        database:
          /^fail: PostgreSQL cannot be used \(ECONNREFUSED\)\. → Start PostgreSQL; check DATABASE_URL/,
        tls: /^fail: .*\/none\/tls\.pem cannot be read.* → Correct the files that TLS_CERT/,
        trust: /^fail: CPR_TRUST_FILE, \/none\/cpr\.pem: .*ENOENT.* → Put the trust anchors into that file/,
        settings: /^fail: It fails: ENOENT, \/none\/cpr\.pem\./,
      },
    ],
    'things that have expired, and wrong passwords': [
      {
        ...seal('old', oldSeal),
        CPR_TRUST_FILE: pem('old-root.pem', oldRoot, ageingRoot),
        TSA_URL: await tsa(-40_000),
        TSA_TRUST_FILE: rootFile,
        PID_CPR_URL: `https://localhost:${nowhere}/`,
        ...{ SMS_GATEWAY_URL: gateway, SMS_GATEWAY_TOKEN: 'not-told' },
        ...redisUrl('not-told'),
        ...tls('old-web', web('other.example', days(-2)), pki.issuingCa, pki.root),
      },
      {
        'seal-expiry': /^fail: Old seal expired on .* → Put a new certificate in its place/,
        'seal-chain': /^fail: .*Old seal.* → Put what it must end at into SEAL_TRUST_FILE/,
        trust:
          /^fail: CPR_TRUST_FILE: Old root expired on .* → Put the authority's new .*\nwarn: .*Ageing root expires/,
        clock: /^warn: It is (39|4\d) s off the clock of .* → Let NTP set the clock/,
        'nemid: pid-cpr': /^fail: .*ECONNREFUSED/,
        sms: /^fail: The SMS gateway refuses us \(401\)\. → Check SMS_GATEWAY_TOKEN/,
        redis: redis ? /^fail: Redis cannot be used \(WRONGPASS\)\. → .*REDIS_URL/ : /^$/,
        'tls-expiry': /^fail: other\.example expired on .* → Put a new certificate/,
        'tls-name': /^fail: It is not for localhost, .* → Take a certificate with the name localhost/,
      },
    ],
    'a locked key, a clock that nobody believes, https in order': [
      {
        ...seal('locked'),
        SEAL_KEY_FILE: lockedKey,
        ...{ TSA_URL: await tsa(600_000), TSA_TRUST_FILE: rootFile },
        ...{ SMS_GATEWAY_URL: gateway, SMS_GATEWAY_TOKEN: 'right' },
        ...redisUrl('right'),
        ...tls('web', web('localhost'), pki.issuingCa, pki.root),
      },
      {
        seal: /^fail: .*encrypted, and no password is set.* → .*password file/,
        tsa: /^fail: .*its clock says .* → .*the clock of this machine/,
        sms: /^fail: .*answers 503\. → Look into/,
        redis: redis ? /^warn: .*allkeys-lru\)\. → Set maxmemory-policy to noeviction/ : /^$/,
        tls: /^$/,
        'tls-expiry': /^$/,
        'tls-name': /^$/,
        'tls-chain': /^warn: .*Segl Test Root.*no public authority\. → Let browsers/,
      },
    ],
    'a wrong password, and time-stamps of a stranger': [
      {
        ...seal('wrong'),
        ...{ SEAL_KEY_FILE: lockedKey, SEAL_KEY_PASSWORD_FILE: write('password', 'not-told\n') },
        TSA_URL: await tsa(0),
        ...tls('short', web('localhost')),
      },
      {
        seal: /^fail: .*password does not open the private key.* → .*password file/,
        tsa: /^fail: .*cannot be trusted.* → .*TSA_TRUST_FILE/,
        'tls-chain': /^warn: It ends at .* → Add the missing certificates to TLS_CERT/,
      },
    ],
    'no status, and networks that may not be reached': [
      {
        ...seal('good'),
        ...{ SMS_GATEWAY_URL: gateway, INTERNAL_ALLOW: '10.0.0.0/8' },
        ...tls('stray', web('localhost'), pki.root),
      },
      {
        'seal-chain': /^$/,
        'seal-status': /^fail: .*cannot be fetched from http:\/\/ocsp\.test\.invalid.* → /,
        sms: /^fail: .*internal.* → .*INTERNAL_ALLOW/,
        'tls-chain': /^fail: .*not followed by its issuer's\. → Put them into TLS_CERT in this order/,
      },
    ],
    'another root, and keys of others': [
      {
        ...seal('strange'),
        SEAL_TRUST_FILE: pem('other-root.pem', createTestPki().root),
        ...tls('mixed', web('localhost'), pki.issuingCa),
        TLS_KEY: keyOf('mixed-up.key', web('localhost')),
      },
      {
        'seal-chain': /^fail: .* → Put what it must end at into SEAL_TRUST_FILE/,
        tls: /^fail: .*does not belong to the first certificate.* → Correct the files/,
      },
    ],
    'nowhere to write': [
      { DATA_DIR: file, TLS_CERT: rootFile },
      {
        disk: /^fail: .*cannot be written \(ENOTDIR\)\. → Give the user/,
        tls: /^fail: [^]*must be set together → Correct these settings/,
      },
    ],
  };
  for (const [name, [env, expected]] of Object.entries(rounds)) {
    const wrong = await wrongs(env);
    for (const [check, what] of Object.entries(expected)) t.match(wrong(check), what, `${name}: ${check}`);
  }
  const told = await doctor({ PUBLIC_URL: `http://localhost:${nowhere}` });
  t.match(told.output, /FAIL {2}public-url +.*\n +→ Start the service.*\n[^]*\n1 to put right\.\n$/);

  await t.test('a scheduled job that failed', async (t) => {
    await withDatabase(loadConfig(place.env), async (db) => {
      const at = new Date();
      await noteRunStarted(db, 'of-the-test', at);
      await noteRunFailed(db, 'of-the-test', at, generalProblems.of('foreign/said', { said: 'it did not' }));
    });
    t.match(
      (await wrongs({}))('schedule'),
      /^warn: What runs by the clock failed: of-the-test \(it did not\)\. → It is tried again/,
    );
  });

  await t.test('a full disk', async (t) => {
    const small = join(folder, 'small');
    mkdirSync(small);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'segl-doctor', small]);
    if (status !== 0) return void t.pass('a full disk', { skip: 'a small disk cannot be mounted' });
    t.teardown(() => spawnSync('umount', ['--lazy', small]));
    const env = { DATA_DIR: small };
    t.match((await wrongs(env))('disk'), /^fail: .*0\.0 GB are free\. → Make room at once/);
    // what does not fit beside what is there already is cut off
    t.throws(() => writeFileSync(join(small, 'filler'), Buffer.alloc(65 << 10)), { code: 'ENOSPC' });
    t.match((await wrongs(env))('disk'), /^fail: .*cannot be written \(ENOSPC\)\. → Make room at once/);
  });
});

/** With the password `right`, and a policy that drops jobs; gives its port. Undefined where it is not installed. */
async function startRedis(t: Test, folder: string): Promise<number | undefined> {
  const program = tool(t, 'redis-server');
  if (!program) return undefined;
  const port = await freePort();
  const settings = ['--requirepass', 'right', '--maxmemory-policy', 'allkeys-lru', '--save', ''];
  const child = spawn(program, ['--port', String(port), '--dir', folder, ...settings], { stdio: 'ignore' });
  t.teardown(() => child.kill());
  await until('Redis listens', async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    return true;
  });
  return port;
}
