/** The service under test, in a process of its own with a data folder of its own, and a receiver for its callbacks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './install.mjs';

const projectFile = (...names) => join(fileURLToPath(new URL('..', import.meta.url)), ...names);
const CLI = projectFile('cli', 'dist', 'main.js');
const SERVICE = 'demo';
const PASSWORD = 'Bond007';
const READY_WITHIN_MS = 90_000;
const ATTEMPTS = 3;

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** Held together, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Status and body of an address; `ca` is who its certificate is trusted from, `auth` USER:PASSWORD. */
const fetchBytes = (address, options) =>
  new Promise((resolve, reject) => {
    const get = address.startsWith('https:') ? httpsGet : httpGet;
    const request = get(address, { ...options, agent: false }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => resolve({ status: reply.statusCode, bytes: Buffer.concat(parts) }));
    });
    request.on('error', reject);
  });

/** What makes each stack's HTTP client trust a certificate authority (Java and PHP take it from SEGL_CA). */
const trusting = (file) => ({
  SEGL_CA: file,
  CURL_CA_BUNDLE: file,
  NODE_EXTRA_CA_CERTS: file,
  REQUESTS_CA_BUNDLE: file,
  PERL_LWP_SSL_CA_FILE: file,
});

/** Remembers the request ids that it was told of. */
async function startReceiver() {
  const told = new Set();
  const server = createServer((request, response) => {
    const id = new URL(request.url, 'http://localhost').searchParams.get('requestId');
    if (id) told.add(id);
    response.writeHead(204).end();
  });
  const port = await listen(server);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/told`, told, close };
}

/**
 * Starts the service with its sandbox on free ports, over https with the sandbox's own certificate if `tls`. `methods`: names to
 * order by. `env` is what client programs need to know; `verify` gives what `segl verify` says of the result at an address, and throws it
 * where that has not passed; `close` ends everything and removes the data.
 */
export async function startService(options) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      // somebody else may have taken a port since
      if (attempt === ATTEMPTS || !error.message.includes('Something else listens')) throw error;
    }
  }
}

async function start({ tls, methods }) {
  const folder = await mkdtemp(join(tmpdir(), 'segl-interop-'));
  const dataDir = join(folder, 'data');
  const [port, sandboxPort, tlsPort] = await freePorts(3);
  const url = `${tls ? 'https' : 'http'}://localhost:${port}`;
  const { makeAgreement } = await import(
    pathToFileURL(projectFile('cli', 'dist', 'demo', 'document.js')).href
  );
  const pdf = join(folder, 'agreement.pdf');
  await writeFile(pdf, await makeAgreement(new Date()));
  await mkdir(dataDir);

  const logFile = join(folder, 'service.log');
  const log = await open(logFile, 'w');
  const child = spawn(
    process.execPath,
    ['--disable-proto=delete', '--enable-source-maps', CLI, 'start', '--sandbox'],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATA_DIR: dataDir,
        PORT: String(port),
        SANDBOX_PORT: String(sandboxPort),
        ...(tls && { SANDBOX_TLS: 'on', SANDBOX_TLS_PORT: String(tlsPort) }),
      },
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  const exited = once(child, 'exit');
  const receiver = await startReceiver();
  const close = async () => {
    child.kill('SIGTERM');
    await exited;
    receiver.close();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  };

  const authority = join(dataDir, 'sandbox', 'tls.ca.pem');
  const get = async (address, auth) =>
    fetchBytes(address, { ca: tls ? await readFile(authority) : undefined, auth });
  const patience = performance.now() + READY_WITHIN_MS;
  while ((await get(`${url}/ready`).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() > patience) {
      const said = await readFile(logFile, 'utf8');
      await close();
      throw new Error(`The service did not start:\n${said}`);
    }
    await sleep(200);
  }
  const verify = async (address) => {
    const { status, bytes } = await get(address, `${SERVICE}:${PASSWORD}`);
    if (status !== 200) throw new Error(`${address}: ${status}`);
    const file = join(folder, 'result');
    await writeFile(file, bytes);
    const args = [CLI, 'verify', file, '--sandbox'];
    return run(process.execPath, args, { env: { DATA_DIR: dataDir } });
  };
  const env = {
    SEGL_URL: url,
    SEGL_SERVICE: SERVICE,
    SEGL_PASSWORD: PASSWORD,
    SEGL_PDF: pdf,
    SEGL_CALLBACK: receiver.url,
    SEGL_METHODS: methods.join(),
    SEGL_CLI: CLI,
    SEGL_NODE: process.execPath,
    SANDBOX_URL: `http://localhost:${sandboxPort}`,
    ...(tls && trusting(authority)),
  };
  return { url, env, get, verify, told: receiver.told, log: () => readFile(logFile, 'utf8'), close };
}
