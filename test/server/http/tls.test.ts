/** https without a proxy, proxies that are trusted and those that are not, and the host that replies name. */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { Browser } from '@segl/sandbox/person/browser';
import { openTlsCertificate } from '@segl/sandbox/tls/certificate';
import { ManualClock, systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { baseUrl } from '@segl/server/http/base-url';
import { clientInfo, isSecure } from '@segl/server/http/portal/page-origin';
import { createHttpServer } from '@segl/server/http/server';
import { readTlsOptions, renewTls, tlsFiles } from '@segl/server/http/tls';
import { proxyRule } from '@segl/server/http/trusted-proxies';
import { silentLogger, type Logger } from '@segl/server/adapters/telemetry/log';
import { run, tool } from '../../support/tools.ts';
import { createPlace, freePort } from '../../support/server/running.ts';
import { openSandbox } from '../../sandbox/support.ts';

interface TestHandle {
  teardown(fn: () => unknown): unknown;
}

async function temporaryFolder(t: TestHandle): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-tls-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Certificate, key and authority for this machine as files of `folder`. */
async function writeFiles(folder: string): Promise<{ certFile: string; keyFile: string; caFile: string }> {
  const made = await openTlsCertificate({
    folder: await mkdtemp(join(folder, 'made-')),
    names: ['localhost', '127.0.0.1', '::1'],
    clock: systemClock,
  });
  const files = {
    certFile: join(folder, 'cert.pem'),
    keyFile: join(folder, 'key.pem'),
    caFile: join(folder, 'ca.pem'),
  };
  await writeFile(files.keyFile, made.key);
  await writeFile(files.certFile, made.certificate);
  await writeFile(files.caFile, made.authority);
  return files;
}

/** Runs a tool that talks to a server of this process. */
async function runBeside(path: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(path, args, { timeout: 20_000 });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (output += String(text)));
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}

/** A server that answers what it takes the client to have used. */
async function echo(
  t: TestHandle,
  env: Record<string, string>,
): Promise<{ app: FastifyInstance; port: number }> {
  const config = loadConfig({ PUBLIC_URL: 'https://sign.example.com', ...env });
  const app = await createHttpServer(config, silentLogger);
  app.get('/', (request) => ({
    base: baseUrl(request, config.publicUrl),
    ip: clientInfo(request).ip,
    secure: isSecure(request, config),
    left: Object.keys(request.headers).filter((name) => name.includes('forwarded')),
  }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  return { app, port: (app.server.address() as AddressInfo).port };
}

t.test('https', async (t) => {
  const files = await writeFiles(await temporaryFolder(t));
  const { port } = await echo(t, { TLS_CERT: files.certFile, TLS_KEY: files.keyFile });

  t.test('answers clients that trust the authority, by every name of this machine', async (t) => {
    const curl = tool(t, 'curl');
    if (!curl) return;
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
      const { code, output } = await runBeside(curl, ['-sS', '--cacert', files.caFile, `https://${host}/`]);
      t.equal(code, 0, output);
      t.match(JSON.parse(output), { base: `https://${host}`, secure: true });
    }
    t.equal((await runBeside(curl, ['-sS', `https://localhost:${port}/`])).code, 60, 'others refuse it');
    t.not((await runBeside(curl, ['-sS', `http://localhost:${port}/`])).code, 0, 'plain http is not served');
  });

  t.test('takes TLS 1.2 with forward secrecy and TLS 1.3, nothing less', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const handshake = async (...more: string[]): Promise<string> => {
      const { output } = await runBeside(openssl, [
        ...['s_client', '-connect', `localhost:${port}`, '-CAfile', files.caFile, '-verify_return_error'],
        ...more,
      ]);
      return /Cipher is (\S+)/.exec(output)?.[1] ?? output;
    };
    t.match(await handshake('-tls1_3'), /^TLS_AES/);
    t.match(await handshake('-tls1_2'), /^ECDHE-RSA-.*GCM/);
    t.equal(
      await handshake('-tls1_2', '-cipher', 'DHE-RSA-AES256-GCM-SHA384'),
      'DHE-RSA-AES256-GCM-SHA384',
      'for those who know no ECDHE with GCM',
    );
    t.equal(await handshake('-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'), '(NONE)');
    for (const weak of ['AES256-GCM-SHA384', 'ECDHE-RSA-AES256-SHA']) {
      t.equal(await handshake('-tls1_2', '-cipher', weak), '(NONE)', weak);
    }
  });
});

t.test('certificates are renewed while connections stay open', async (t) => {
  const folder = await temporaryFolder(t);
  const [before, after] = [
    await writeFiles(await mkdtemp(join(folder, 'a-'))),
    await writeFiles(await mkdtemp(join(folder, 'b-'))),
  ];
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await copyFile(before.certFile, files.certFile);
  await copyFile(before.keyFile, files.keyFile);
  const { createServer } = await import('node:https');
  const server = createServer(await readTlsOptions(files), (_request, response) =>
    response.end('still here'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const renewals = new EventEmitter<{ taken: []; refused: [] }>();
  const log = Object.assign(Object.create(silentLogger) as Logger, {
    info: () => renewals.emit('taken'),
    error: () => renewals.emit('refused'),
  });
  const stop = renewTls(new Map([[server, {}]]), files, log, 20);
  const sockets: TLSSocket[] = [];
  t.teardown(() => {
    stop();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (ca: string): Promise<TLSSocket> => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: await readFile(ca) });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return socket;
  };
  const taken = async (ca: string): Promise<boolean> =>
    open(ca).then(
      () => true,
      () => false,
    );
  /** Later than what the poll has seen, whatever the resolution of the clock. */
  const touch = async (file: string): Promise<void> => {
    const { mtimeMs } = await stat(file);
    await utimes(file, new Date(), new Date(mtimeMs + 2_000));
  };
  const early = await open(before.caFile);
  const refused = once(renewals, 'refused');
  await copyFile(after.certFile, files.certFile);
  await touch(files.certFile);
  process.emit('SIGHUP');
  await refused;
  t.ok(await taken(before.caFile), 'a certificate without its key changes nothing');
  const both = once(renewals, 'taken');
  await copyFile(after.keyFile, files.keyFile);
  await touch(files.keyFile);
  await both;
  t.ok(await taken(after.caFile), 'both together are taken up');
  t.notOk(await taken(before.caFile));
  early.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const [answer] = (await once(early, 'data')) as [Buffer];
  t.match(answer.toString(), /200 OK/, 'the open connection goes on');

  const again = once(renewals, 'taken');
  await copyFile(before.certFile, files.certFile);
  await copyFile(before.keyFile, files.keyFile);
  process.emit('SIGHUP');
  await again;
  t.ok(await taken(before.caFile), 'SIGHUP asks for it at once');
});

t.test('files that do not fit are refused with a reason, and nothing of what is in them', async (t) => {
  const folder = await temporaryFolder(t);
  const one = await writeFiles(await mkdtemp(join(folder, 'a-')));
  const other = await writeFiles(await mkdtemp(join(folder, 'b-')));
  const refusal = async (certFile: string, keyFile: string): Promise<string> =>
    readTlsOptions({ certFile, keyFile }).then(
      () => 'taken',
      (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
    );
  t.match(await refusal(one.certFile, other.keyFile), /^TLS_FILES_INVALID: .*does not belong/);
  t.match(await refusal(one.keyFile, one.keyFile), /^TLS_FILES_INVALID: .*holds no certificate/);
  t.match(await refusal(one.certFile, one.certFile), /^TLS_FILES_INVALID: .*holds no private key/);
  t.match(await refusal(join(folder, 'none'), one.keyFile), /^TLS_FILES_INVALID: .*cannot be read/);
  t.throws(() => tlsFiles({ tlsCert: one.certFile, tlsKey: undefined }), { code: 'CONFIG_INVALID' });
  t.equal(tlsFiles({ tlsCert: undefined, tlsKey: undefined }), undefined);
  t.equal(loadConfig({ PORT: '9', TLS_CERT: 'c', TLS_KEY: 'k' }).publicUrl, 'https://localhost:9');
});

t.test('what proxies say', async (t) => {
  const ask = async (env: Record<string, string>, headers: Record<string, string>): Promise<unknown> => {
    const config = loadConfig({ PUBLIC_URL: 'https://sign.example.com', ...env });
    const app = await createHttpServer(config, silentLogger);
    app.get('/', (request) => ({
      base: baseUrl(request, config.publicUrl),
      ip: clientInfo(request).ip,
      secure: isSecure(request, config),
      left: Object.keys(request.headers).filter((name) => name.includes('forwarded')).length,
    }));
    const { remote = '10.0.0.1', ...rest } = headers;
    const answer = await app.inject({
      url: '/',
      remoteAddress: remote,
      headers: { host: 'inner:8080', ...rest },
    });
    await app.close();
    return answer.json();
  };
  const evil = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'https',
    forwarded: 'for=203.0.113.9;host=evil.test;proto=https',
  };
  const trusted = { TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::1' };
  const rfc7239 = { ...trusted, FORWARDED_HEADERS: 'forwarded' };
  const direct = { base: 'http://inner:8080', ip: '10.0.0.1' };

  t.test('nobody is believed who is not listed', async (t) => {
    t.match(await ask({}, evil), direct, 'no proxies at all');
    for (const env of [trusted, rfc7239]) {
      const answer = await ask(env, { ...evil, remote: '192.0.2.1' });
      t.match(answer, { base: 'http://inner:8080', ip: '192.0.2.1', left: 0 });
    }
  });

  t.test('listed ones are', async (t) => {
    const seen = { base: 'https://kunde.dk', ip: '203.0.113.9', secure: true };
    for (const remote of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1']) {
      t.match(await ask(trusted, { ...evil, 'x-forwarded-host': 'kunde.dk', remote }), seen, remote);
    }
    t.match(await ask(rfc7239, { forwarded: 'For="203.0.113.9:4711"; Host="kunde.dk";proto=HTTPS' }), seen);
    t.match(await ask(rfc7239, { forwarded: 'for="[2001:db8::7]:1";host="kunde.dk:8443"' }), {
      base: 'http://kunde.dk:8443',
      ip: '2001:db8::7',
    });
  });

  t.test('of the two kinds of headers only the one that they write is read', async (t) => {
    t.match(await ask(trusted, { forwarded: evil.forwarded }), direct);
    t.match(await ask(rfc7239, { ...evil, forwarded: '' }), direct);
  });

  t.test('HSTS is told over https alone, and only where it is asked for', async (t) => {
    const told = async (env: Record<string, string>, proto: string): Promise<unknown> => {
      const app = await createHttpServer(loadConfig({ ...trusted, ...env }), silentLogger);
      app.get('/', () => 'x');
      const headers = { 'x-forwarded-proto': proto };
      const answers = [
        await app.inject({ url: '/', remoteAddress: '10.0.0.1', headers }),
        await app.inject({ url: '/nothing', remoteAddress: '10.0.0.1', headers }),
      ];
      await app.close();
      return answers.map((answer) => answer.headers['strict-transport-security']);
    };
    t.same(await told({ HSTS_DAYS: '180' }, 'https'), ['max-age=15552000', 'max-age=15552000']);
    t.same(await told({ HSTS_DAYS: '180' }, 'http'), [undefined, undefined]);
    t.same(await told({}, 'https'), [undefined, undefined]);
  });

  t.test('what a client put in front stays behind what the proxy added', async (t) => {
    t.match(
      await ask(trusted, {
        'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.2.2.2',
        'x-forwarded-host': 'evil.test, kunde.dk',
        'x-forwarded-proto': 'http, https',
      }),
      { base: 'https://kunde.dk', ip: '203.0.113.9' },
    );
    t.match(
      await ask(rfc7239, {
        forwarded:
          'for=1.1.1.1;host=evil.test, for=203.0.113.9;host=kunde.dk;proto=https, for=10.2.2.2;host=inner',
      }),
      { base: 'https://kunde.dk', ip: '203.0.113.9' },
    );
    t.match(await ask(rfc7239, { forwarded: 'for=1.1.1.1;host=evil.test, for=unknown;host=kunde.dk' }), {
      base: 'http://kunde.dk',
      ip: '10.0.0.1',
    });
  });

  t.test('what cannot be a host, a scheme or an address is nothing', async (t) => {
    for (const host of ['evil.test/path', 'a@b', '"><script>', 'h:99999999', 'a b', '[::1', 'h:70000']) {
      t.match(
        await ask(trusted, { 'x-forwarded-host': host, 'x-forwarded-proto': 'javascript' }),
        direct,
        host,
      );
    }
    for (const forwarded of [
      'for',
      'host=evil.test;;',
      'host="evil.test',
      'for=x;host="a\\"b"',
      '=;host=evil.test',
    ]) {
      t.match(await ask(rfc7239, { forwarded }), direct, forwarded);
    }
    t.match(await ask(trusted, { 'x-forwarded-for': 'not-an-address' }), direct);
  });

  t.test('the public host keeps its scheme behind a proxy that nobody trusts', async (t) => {
    t.match(await ask({}, { host: 'sign.example.com' }), { base: 'https://sign.example.com' });
    t.match(await ask({}, { host: 'SIGN.example.com:443' }), { base: 'https://sign.example.com' });
    t.match(await ask({}, { host: 'sign.example.com:8080' }), { base: 'http://sign.example.com:8080' });
  });

  t.test('settings that make no sense are named', async (t) => {
    t.throws(() => proxyRule(['10.0.0.0/8', 'proxy.internal']), {
      code: 'CONFIG_INVALID',
      message: /TRUSTED_PROXIES/,
    });
    t.throws(() => proxyRule(['10.0.0.0/33']), { code: 'CONFIG_INVALID' });
    const config = loadConfig({ ...trusted, FORWARDED_HEADERS: 'via' });
    await t.rejects(createHttpServer(config, silentLogger), {
      code: 'CONFIG_INVALID',
      message: /FORWARDED_HEADERS/,
    });
  });
});

t.test("the sandbox's own certificate", async (t) => {
  t.test('is made once, and again for other names or when it runs out', async (t) => {
    const folder = await temporaryFolder(t);
    const clock = new ManualClock(new Date('2026-11-20T12:00:00Z'));
    const open = (...names: string[]) => openTlsCertificate({ folder, names, clock });
    const first = await open('localhost', '::1');
    t.same(await open('::1', 'localhost'), first);
    const second = await open('localhost', 'segl.test');
    t.not(second.authority, first.authority);
    clock.set(new Date('2028-12-20T12:00:00Z'));
    t.not((await open('localhost', 'segl.test')).certificate, second.certificate);
  });

  t.test('holds for openssl, by name and by address', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const { certFile, caFile } = await writeFiles(await temporaryFolder(t));
    const verify = (...more: string[]) =>
      run(openssl, ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', caFile, ...more, certFile])
        .code;
    t.equal(verify('-verify_hostname', 'localhost'), 0);
    t.equal(verify('-verify_ip', '127.0.0.1'), 0);
    t.equal(verify('-verify_ip', '::1'), 0);
    t.not(verify('-verify_hostname', 'evil.test'), 0);
  });

  t.test('is told by a page, and is no part of a sandbox without https', async (t) => {
    const plain = await openSandbox(t);
    t.equal((await fetch(`${plain.url}/tls/`)).status, 404);
    t.equal(plain.tlsUrl, undefined);
    t.match(await (await fetch(`${plain.url}/`)).text(), /SANDBOX_TLS=on/);
  });
});

t.test('service and sandbox over https, as a person and a back end use them', async (t) => {
  const place = await createPlace(t);
  const tlsPort = await freePort();
  const env = { SANDBOX_TLS: 'on', SANDBOX_TLS_PORT: String(tlsPort) };
  const program = place.run('start', env);
  const base = place.baseUrl.replace('http:', 'https:');
  const browser = new Browser('en');
  await Promise.race([
    program.said(/Segl is up/),
    program.ended.then(() => {
      throw new Error(program.output());
    }),
  ]);
  const ca = join(place.dataDir, 'sandbox', 'tls.ca.pem');
  t.match(program.output(), `curl --cacert ${ca} ${base}/health`, 'the welcome says how to trust it');
  t.equal(
    (await stat(join(place.dataDir, 'sandbox', 'tls.key.pem'))).mode & 0o77,
    0,
    'the key is for us alone',
  );

  await t.rejects(browser.get(`${base}/health`));
  browser.trust((await browser.get(`${place.sandboxUrl}/tls/ca.pem`)).body);
  t.equal((await browser.get(`${base}/health`)).status, 200);
  const page = await browser.get(`https://localhost:${tlsPort}/tls/`);
  t.match(page.body, /keytool -importcert/);
  t.match(page.body, `curl -o segl-ca.pem ${place.sandboxUrl}/tls/ca.pem`);

  const sign = place.run('sandbox', env, [
    'sign',
    `${base}/std/docaction/demo?request_id=x`,
    '--user',
    'anna',
  ]);
  t.equal(await sign.ended, 1);
  t.match(sign.output(), /TASK_UNKNOWN/, 'the test person gets through to the page');
  const wsdl = await browser.get(`${base}/ws/documentservice-v3?wsdl`);
  t.match(wsdl.body, `location="${base}/ws/documentservice-v3"`);
});
