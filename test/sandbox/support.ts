import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '@segl/problem/clock';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import type { HttpGet, HttpPost } from '@segl/pki/revocation/http';
import { loadPemKey } from '@segl/pki/keys/keys';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { startSandbox, type Sandbox } from '@segl/sandbox/main';
import { fillSandbox } from '../support/test-place.ts';

interface TestHandle {
  teardown(fn: () => Promise<void>): void;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestHandle): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-sandbox-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A sandbox on a free port; stopped after the test unless the test stops it. `foreign`: no other has its keys. */
export async function openSandbox(
  t: TestHandle,
  options: { dataDir?: string; clock?: Clock; foreign?: boolean } = {},
): Promise<Sandbox> {
  const dataDir = options.dataDir ?? (await temporaryFolder(t));
  if (!options.foreign && !existsSync(join(dataDir, 'pki.json'))) await fillSandbox(dataDir);
  const sandbox = await startSandbox({
    dataDir,
    host: '127.0.0.1',
    port: 0,
    clock: options.clock ?? systemClock,
    log: silentLogger,
  });
  t.teardown(() => sandbox.close());
  return sandbox;
}

/** For revocation lists. */
export const httpGet: HttpGet = async (url) => {
  const response = await fetch(url);
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: new Uint8Array(await response.arrayBuffer()),
  };
};

export const post: HttpPost = async (url, body, contentType) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: Buffer.from(body),
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: new Uint8Array(await response.arrayBuffer()),
  };
};

/** Reaches the CPR services with the VOCES of the sandbox, or without a certificate. */
export async function cprPost(t: TestHandle, sandbox: Sandbox, withCertificate = true): Promise<HttpPost> {
  const read = (name: string): Promise<string> => readFile(setting(sandbox, name), 'utf8');
  const outbound = createOutbound({
    allow: ['127.0.0.0/8', '::1/128'],
    timeoutMs: 10_000,
    tls: {
      ca: await read('CPR_TRUST_FILE'),
      ...(withCertificate && { cert: await read('VOCES_CHAIN_FILE'), key: await read('VOCES_KEY_FILE') }),
    },
  });
  t.teardown(() => outbound.close());
  return outbound.post.bind(outbound);
}

export const setting = (sandbox: Sandbox, name: string): string => {
  const value = sandbox.environment[name];
  if (value === undefined) throw new Error(`the sandbox gives no ${name}`);
  return value;
};

/** A key of the sandbox's environment, e.g. `VOCES`. */
export async function keyOf(sandbox: Sandbox, name: 'VOCES' | 'SEAL'): Promise<SigningKey> {
  return loadPemKey(
    await readFile(setting(sandbox, `${name}_KEY_FILE`), 'utf8'),
    await readFile(setting(sandbox, `${name}_CHAIN_FILE`), 'utf8'),
  );
}

/** POSTs JSON, as the client's script does. */
export async function call<T>(sandbox: Sandbox, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Test/1.0' },
    body: JSON.stringify(body),
  });
  if (response.status !== 200)
    throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  return (await response.json()) as T;
}
