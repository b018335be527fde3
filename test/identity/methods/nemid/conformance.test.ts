/** docs/standards/native-signatures.md is made from the registry of checks and from the attacks; this keeps it so. */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { nativeChecks } from '@segl/identity/methods/nemid/evidence/checks';
import { projectFile } from '@segl/server/paths';
import { attacks } from './attacks.ts';

const file = projectFile('docs', 'standards', 'native-signatures.md');
const START = '<!-- checks -->';
const END = '<!-- /checks -->';

/** Tests of checks that are no matter of the form of a message: their titles, by check. */
const proofs: Readonly<Record<string, readonly [test: string, title: string][]>> = {
  action: [
    ['variants', 'the receiver and the action of a message'],
    ['login', 'a login is no signature, and a signature no login'],
  ],
  challenge: [['variants', 'the receiver and the action of a message']],
  'request-issuer': [['variants', 'the receiver and the action of a message']],
  'sign-text': [['variants', 'a text must be what its format allows']],
  'sign-text-visible': [['variants', 'a text must be what its format allows']],
  'sign-text-format': [
    ['variants', 'a text must be what its format allows'],
    ['client/html-subset', 'HTML that a client shows'],
    ['client/html-subset', 'HTML that no client shows'],
  ],
  'attached-document': [
    ['variants', 'a PDF is bound in three ways, and as the text itself'],
    ['variants', 'a list is made as a genuine message has it, and must list what the message carries'],
    ['variants', 'lists of digests are as good as each of their digests'],
    ['evidence/package', 'the document of a package is the one that the message lists'],
  ],
  'time-stamp-plausible': [['variants', 'the receiver and the action of a message']],
  'certificate-type': [
    ['evidence/verify', 'certificates that may not sign here'],
    ['evidence/judge', 'real messages get the right verdict at the right time'],
  ],
  validity: [['evidence/judge', 'real messages get the right verdict at the right time']],
  path: [
    ['evidence/judge', 'real messages get the right verdict at the right time'],
    ['evidence/verify', 'certificates that may not sign here'],
  ],
  revocation: [
    ['evidence/judge', 'revocation is judged by what was kept'],
    ['evidence/judge', 'real messages get the right verdict at the right time'],
  ],
  algorithms: [['evidence/judge', 'OCES I counts only behind its switch, and only at its time']],
  core: [
    ['mutation', 'every bit of a message that was made here'],
    ['mutation', 'every byte of the real messages'],
  ],
};

const testFile = (name: string): string => `test/identity/methods/nemid/${name}.test.ts`;

function generate(): string {
  return nativeChecks
    .map(({ id, what, source }) => {
      const refused = attacks.filter(({ check }) => check === id).map(({ name }) => `- ${name}`);
      const proven = (proofs[id] ?? []).map(([test, title]) => `- \`${testFile(test)}\`: ${title}`);
      return [
        `### \`${id}\``,
        `${what} _(${source})_`,
        ...(refused.length > 0
          ? [`Refused, each by a test in \`${testFile('attacks')}\`:`, refused.join('\n')]
          : []),
        ...(proven.length > 0 ? ['Also tested:', proven.join('\n')] : []),
      ].join('\n\n');
    })
    .join('\n\n');
}

t.test('the list of checks is the one in the documentation', async (t) => {
  const text = readFileSync(file, 'utf8');
  const [before = '', rest = ''] = text.split(START);
  const [, after = ''] = rest.split(END);
  const whole = `${before}${START}\n\n${generate()}\n\n${END}${after}`;
  if (process.env['SEGL_WRITE_DOCS']) writeFileSync(file, whole);
  t.equal(
    readFileSync(file, 'utf8'),
    whole,
    'SEGL_WRITE_DOCS=1 npm test -- test/identity/methods/nemid/conformance.test.ts writes it',
  );
});

t.test('every check has a test, and every test that is named exists', async (t) => {
  for (const { id } of nativeChecks) {
    t.ok(attacks.some(({ check }) => check === id) || (proofs[id] ?? []).length > 0, id);
  }
  for (const [test, title] of Object.values(proofs).flat()) {
    t.ok(
      readFileSync(projectFile(testFile(test)), 'utf8').includes(`t.test('${title}'`),
      `${test}: ${title}`,
    );
  }
});
