/** Golden data: what it is compared with, and how it is renewed. Written only where `GOLDEN=write` asks for it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This folder in the sources: tests run from below dist/. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'test', 'golden');

/** Whether golden data is written anew instead of compared with. */
export const isWriting = process.env['GOLDEN'] === 'write';

/** Where golden data of that name is. */
const goldenPath = (name: string): string => join(FOLDER, name);

export const readGolden = (name: string): Buffer => readFileSync(goldenPath(name));

export const readGoldenJson = <T>(name: string): T => JSON.parse(readGolden(name).toString('utf8')) as T;

export function writeGolden(name: string, content: Uint8Array | string): void {
  mkdirSync(dirname(goldenPath(name)), { recursive: true });
  writeFileSync(goldenPath(name), content);
}

export const writeGoldenJson = (name: string, value: unknown): void =>
  writeGolden(name, `${JSON.stringify(value, undefined, 2)}\n`);

/** A value as JSON carries it: times as text, no members that are undefined. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** The golden data of that name, written first where it is being renewed. */
export function golden<T>(name: string, found: () => T): T {
  if (isWriting) writeGoldenJson(name, found());
  return readGoldenJson<T>(name);
}

/**
 * Of `found` what `wanted` knows of: members of objects that are not in `wanted` are left out, lists stay whole. What is
 * added to a report or a registry is thereby no difference, what is taken away or changed is.
 */
export function known(found: unknown, wanted: unknown): unknown {
  if (Array.isArray(found) && Array.isArray(wanted)) {
    return found.map((one: unknown, index) => (index < wanted.length ? known(one, wanted[index]) : one));
  }
  if (!isObject(found) || !isObject(wanted)) return found;
  return Object.fromEntries(
    Object.keys(found)
      .filter((key) => key in wanted)
      .map((key) => [key, known(found[key], wanted[key])]),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
