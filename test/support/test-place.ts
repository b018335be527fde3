/** What `npm test` made once (scripts/test-place.mjs), so that not every test makes it for itself. */
import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Undefined where a test file is run by itself. */
const folder = process.env['SEGL_TEST_PLACE'];

/** An installation that was started once. Empty where there is none: the first start makes it. */
export async function fillDataDir(dataDir: string): Promise<void> {
  if (folder === undefined) return;
  // with owners, which node:fs does not copy: for root the server runs as somebody else
  await promisify(execFile)('cp', ['-a', join(folder, 'data', 'postgres'), dataDir]);
  await cp(join(folder, 'data', 'secrets.key'), join(dataDir, 'secrets.key'));
  await fillSandbox(join(dataDir, 'sandbox'));
}

/** The keys of the sandbox: of its people and authorities, of the brokers and their client, and of its own address. */
export async function fillSandbox(sandboxDir: string): Promise<void> {
  if (folder === undefined) return;
  await mkdir(sandboxDir, { recursive: true });
  for (const name of ['pki.json', 'oidc.json', 'tls.json'])
    await cp(join(folder, 'data', 'sandbox', name), join(sandboxDir, name));
}

const pems =
  folder === undefined ? [] : (JSON.parse(readFileSync(join(folder, 'rsa-keys.json'), 'utf8')) as string[]);

/** Each key is given out once in a process. */
export function newRsaKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  const pem = pems.shift();
  if (pem === undefined) return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { publicKey: createPublicKey(pem), privateKey: createPrivateKey(pem) };
}
