/** The wall around identity methods: outside a method's own folders nothing names it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { projectRoot } from '@segl/server/paths';

/** Words of one eID, in prose, settings and names. `pid` in small letters is a process. */
const WORDS =
  /\bVOCES\b|\bPID\b|\bCPR\b|\bcpr\b|\bOCES\d?\b|(?:VOCES|CPR|PID|OCES)_|(?:voces|cpr|oces)(?=[A-Z])/g;

const LOOKED_AT = ['src', 'workers', 'cli', 'templates', 'sandbox'];

/** The method's own folders. */
const HOMES = [/^src\/identity\/methods\/nemid\//, /^sandbox\/methods\/nemid\//, /^cli\/methods\/nemid\//];

/** Files that may use the words, and why. Each exception must be needed. */
const ALLOWED: readonly (readonly [files: RegExp, why: string])[] = [
  [/^src\/identity\/methods\/index\.ts$/, 'the registration of methods'],
  [/^cli\/program\.ts$/, 'the registration of commands'],
  [/^src\/server\/adapters\/postgres\/migrations\//, 'migrations stay as they were run'],
  [
    /^src\/server\/(application\/access|config|domain\/order)\/caller/,
    'certificates of callers are OCES certificates',
  ],
  [/^src\/server\/texts\/|^cli\/caller\.ts$/, 'what is told about certificates of callers'],
  [/^src\/server\/adapters\/telemetry\/log\.ts$/, 'a log hides the number wherever it turns up'],
  [/^src\/server\/config\/config\.ts$/, 'names of settings of the sandbox'],
  [/^templates\/policy\//, 'published texts never change'],
  [/^templates\/pades\/texts\.json$/, 'what signature pages call the number and the events about it'],
  [/^cli\/limits\.ts$/, 'the table of all limits, for the documentation'],
  [
    /^cli\/(demo|sign|start|template-sample|sandbox)/,
    'the demo and the persons of the sandbox sign with NemID',
  ],
  [/^sandbox\//, 'the sandbox is built around its simulator of NemID'],
];

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' ? [] : files(path);
    return /\.(ts|js|eta|json|css|sql|txt|html)$/.test(name) ? [path] : [];
  });
}

/** Text is looked at without regard to the case of the method's name alone. */
const wordsIn = (text: string): string[] => [...(text.match(/nemid/gi) ?? []), ...(text.match(WORDS) ?? [])];

const named = new Map(
  LOOKED_AT.flatMap((folder) => files(join(projectRoot, folder)))
    .map((file) => [relative(projectRoot, file), readFileSync(file, 'utf8')] as const)
    .filter(([name]) => !HOMES.some((home) => home.test(name)))
    .map(([name, text]) => [name, wordsIn(`${name}\n${text}`)] as const)
    .filter(([, words]) => words.length > 0),
);

t.test('outside its folders nothing names NemID, VOCES, PID, CPR or OCES', (t) => {
  const wrong = [...named].filter(([name]) => !ALLOWED.some(([pattern]) => pattern.test(name)));
  t.same(
    wrong.map(([name, words]) => `${name}: ${words.join(' ')}`),
    [],
  );
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
