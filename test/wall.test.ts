/** The wall around identity methods: outside a method's own folders nothing names it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { projectRoot } from '../src/problem/paths.ts';

/** Words that only NemID's own files may use. */
const WORDS =
  /nemid|\bvoces\b|\bpid\b|\bcpr\b|\boces\d?\b|(?<![a-z])(?:voces|cpr|oces)(?=[A-Z_-])|Cpr(?![a-z])/gi;

const LOOKED_AT = ['src', 'workers', 'cli', 'templates', 'sandbox'];

/** NemID's own. */
const HOMES = [/^src\/identity\/methods\/nemid\//, /^sandbox\/methods\/nemid\//];

/** Files that may use the words, and why. Each must need it. */
const ALLOWED: readonly (readonly [pattern: RegExp, why: string])[] = [];

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' ? [] : files(path);
    return /\.(ts|js|eta|json|css|sql|txt|html)$/.test(name) ? [path] : [];
  });
}

const named = new Map(
  LOOKED_AT.flatMap((folder) => files(join(projectRoot, folder)))
    .map((file) => [relative(projectRoot, file), readFileSync(file, 'utf8')] as const)
    .filter(([name]) => !HOMES.some((home) => home.test(name)))
    .map(([name, text]) => [name, `${name}\n${text}`.match(WORDS)?.length ?? 0] as const)
    .filter(([, count]) => count > 0),
);

t.test('outside its folders nothing names NemID, VOCES, PID, CPR or OCES', (t) => {
  for (const [name, count] of named) {
    if (!ALLOWED.some(([pattern]) => pattern.test(name))) t.fail(`${name}: ${count} times`);
  }
  t.end();
});

t.test('every exception is needed', (t) => {
  for (const [pattern, why] of ALLOWED)
    t.ok(
      [...named.keys()].some((name) => pattern.test(name)),
      why,
    );
  t.end();
});
