/** The wall around identity methods: outside a method's own folders nothing names it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { projectRoot } from '@segl/server/paths';

/** Words of one eID, in prose, settings and names. `pid` in small letters is a process. */
const WORDS =
  /\b[PMVF]OCES\b|\bPID\b|\bCPR\b|\bcpr\b|\bOCES\d?\b|(?:VOCES|CPR|PID|OCES)_|(?:voces|cpr|oces)(?=[A-Z])/g;

const LOOKED_AT = ['src', 'workers', 'cli', 'templates', 'sandbox'];

/** The method's own folders. */
const HOMES = [/^src\/identity\/methods\/nemid\//, /^sandbox\/methods\/nemid\//, /^cli\/methods\/nemid\//];

/** OCES certificates: signers have them and calling systems too. Its words are at home here, and no others of the eID's. */
const OCES_HOME = /^src\/identity\/oces\//;
const OCES_WORDS = /^([PMVF]OCES|PID|OCES\d?)_?$|^(voces|oces)$/;

/** Files that may use the words, and why. Each exception must be needed. */
const ALLOWED: readonly (readonly [files: RegExp, why: string])[] = [
  [
    /^(src\/identity|sandbox|cli)\/methods\/\w+\.ts$/,
    'the registration of methods and of what belongs to them',
  ],
  [
    /^(src\/identity|sandbox)\/methods\/oidc\/(profiles\/|brokers\.ts$)/,
    'claims as brokers of another eID name them, the number and the earlier id of the same persons among them',
  ],
  [/^src\/identity\/problems\.ts$/, 'the codes of the package, put together'],
  [/^src\/server\/adapters\/postgres\/migrations\//, 'migrations stay as they were run'],
  [/^src\/identity\/oces\/(settings|texts\/\w+)\.ts$/, 'names of settings stay'],
  [/^src\/server\/config\/config\.ts$/, 'so does that of a port of the sandbox'],
  [/^src\/server\/config\/caller-settings\.ts$/, 'which certificates the settings of callers are about'],
  [/^cli\/caller\.ts$/, 'what the rules say of the last day of OCES2'],
  [/^sandbox\/texts\//, 'what an error says stays'],
  [/^src\/server\/adapters\/telemetry\/log\.ts$/, 'a log hides the number wherever it turns up'],
  [/^src\/identity\/policies\//, 'published texts never change'],
  [/^templates\/pades\/texts\.json$/, 'texts of signature pages, which templates replace by their keys'],
];

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' || name === 'dist' ? [] : files(path);
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
    .map(
      ([name, words]) =>
        [name, OCES_HOME.test(name) ? words.filter((word) => !OCES_WORDS.test(word)) : words] as const,
    )
    .filter(([, words]) => words.length > 0),
);

t.test('outside its folders nothing names NemID, PID, CPR, OCES or its types of certificates', (t) => {
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
