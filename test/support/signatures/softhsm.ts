/** A security module in software, with a token of its own in a temporary folder. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { run, tool } from '../tools.ts';

const LIBRARIES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

interface TestHandle {
  pass(message: string, extra: { skip: string }): unknown;
  fail(message: string): unknown;
  teardown(fn: () => unknown): unknown;
}

export interface SoftHsm {
  readonly folder: string;
  readonly library: string;
  /** Where the tokens are; without it the module has none. */
  readonly tokens: string;
  readonly pinFile: string;
  /** SOFTHSM2_CONF; this process has it already. */
  readonly conf: string;
  add(privateKey: KeyObject, label: string, id: string): void;
  /** `pkcs11:` for a key, with the PIN of the file. */
  uri(path: string, pinFile?: string): string;
}

/** Undefined where SoftHSM is not installed: the test is then skipped by name. */
export function createSoftHsm(t: TestHandle, token: string): SoftHsm | undefined {
  const util = tool(t, 'softhsm2-util');
  const library = LIBRARIES.find((path) => existsSync(path));
  if (!util || !library) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'segl-hsm-'));
  const tokens = join(folder, 'tokens');
  mkdirSync(tokens);
  const conf = join(folder, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env['SOFTHSM2_CONF'] = conf;
  const call = (...args: string[]): void => {
    const { code, output } = run(util, args);
    if (code !== 0) throw new Error(output);
  };
  const pinFile = join(folder, 'pin');
  writeFileSync(pinFile, '4321\n');
  call('--init-token', '--free', '--label', token, '--so-pin', '12345678', '--pin', '4321');
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return {
    ...{ folder, library, tokens, pinFile, conf },
    add(privateKey, label, id) {
      const file = join(folder, 'import.p8');
      writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      call('--import', file, '--token', token, '--label', label, '--id', id, '--pin', '4321');
    },
    uri: (path, pin = pinFile) => `pkcs11:${path}?module-path=${library}&pin-source=file:${pin}`,
  };
}
