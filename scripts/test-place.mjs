// What every installation in the tests would make for itself at its first start, made once: the database's files, the keys
// of the sandbox's people and authorities, and more RSA keys for tests. test/support/test-place.ts hands it out.
import { spawn } from 'node:child_process';
import { generateKeyPair } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const KEYS = 32;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Gives the folder and what removes it. Needs the build. */
export async function makeTestPlace() {
  const folder = await mkdtemp(join(tmpdir(), 'segl-place-'));
  await Promise.all([startOnce(join(folder, 'data')), makeKeys(join(folder, 'rsa-keys.json'))]);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function startOnce(dataDir) {
  const env = {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, LOG_LEVEL: 'info' },
    ...{ PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) },
  };
  const args = ['--disable-proto=delete', join(root, 'cli', 'dist', 'main.js'), 'start', '--sandbox'];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  const ready = new Promise((resolve) => {
    child.stderr.on('data', (data) => {
      said += data;
      if (said.includes('Segl is up.')) resolve(true);
    });
  });
  const isUp = await Promise.race([ready, ended.then(() => false)]);
  child.kill('SIGTERM');
  await ended;
  if (!isUp) throw new Error(`The service did not start:\n${said}`);
  // certificates carry the address of their sandbox and a time: each place issues its own, for the same keys
  const file = join(dataDir, 'sandbox', 'pki.json');
  const { keys } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ keys, certificates: {}, issued: [] }));
}

async function makeKeys(file) {
  const pairs = await Promise.all(
    Array.from({ length: KEYS }, () => promisify(generateKeyPair)('rsa', { modulusLength: 2048 })),
  );
  const pems = pairs.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(file, JSON.stringify(pems));
}
