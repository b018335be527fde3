import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@segl/server/paths';

interface TestHandle {
  pass(message: string, extra: { skip: string }): unknown;
}

const root = join(projectRoot, '..', 'shared', 'vectors');

/** Path of a test vector, read in place; undefined, and the test skipped by name, where the vectors are absent. */
export function vector(t: TestHandle, ...path: readonly string[]): string | undefined {
  const full = join(root, ...path);
  if (existsSync(full)) return full;
  t.pass('', { skip: `the test vectors (${path.join('/')}) are not here` });
  return undefined;
}

/** Every file of a folder of vectors, by name. */
export const filesIn = (folder: string): { name: string; bytes: Uint8Array }[] =>
  readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: Uint8Array.from(readFileSync(join(folder, name))) }));
