/** The catalogues: every code has its texts in every language, and they say what the code has to say. */
import type { ErrorDefinition } from '@segl/problem/problem';
import { builtIn } from '@segl/identity/methods/index';
import t from 'tap';
import { adesProblems } from '@segl/ades/problems';
import { ocesProblems } from '@segl/identity/oces/problems';
import { identityProblems } from '@segl/identity/problems';
import { pkiProblems } from '@segl/pki/problems';
import { languages } from '@segl/problem/catalogue';
import { defineProblems } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { generalProblems, problemIn } from '@segl/problem/problems';
import { orderProblems } from '@segl/server/domain/order/problems';
import { soapProblems } from '@segl/server/http/soap/problems';
import { serverProblems } from '@segl/server/problems';
import { sandboxProblems } from '@segl/sandbox/problems';
import { problemsOfSimulators } from '@segl/sandbox/methods/problems';
import { cliProblems } from '@segl/cli/problems';

const SETS = {
  general: generalProblems,
  pki: pkiProblems,
  ades: adesProblems,
  identity: identityProblems,
  oces: ocesProblems,
  ...Object.fromEntries(
    builtIn.flatMap(({ id, problems }) => (problems ? [[`the method ${id}`, problems] as const] : [])),
  ),
  order: orderProblems,
  soap: soapProblems,
  server: serverProblems,
  sandbox: sandboxProblems,
  ...Object.fromEntries(problemsOfSimulators.map((set, index) => [`simulator ${index + 1}`, set])),
  cli: cliProblems,
};

const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!))].sort();

for (const [name, { errors, details, catalogue }] of Object.entries(SETS)) {
  t.test(`every code of ${name} has a text in each language, with what the code is told with`, async (t) => {
    const keys = [...Object.keys(details), ...Object.keys(errors)];
    for (const language of languages) {
      for (const key of keys) {
        const text = catalogue.template(key, language);
        const told = [text, catalogue.template(`${key}.todo`, language)].join(' ');
        const declared = Object.keys(catalogue.paramsOf(key) ?? {}).filter((param) => param !== 'check');
        t.ok(text, `${key} in ${language}`);
        t.same(
          placeholders(told).filter((param) => param !== 'check'),
          declared.sort(),
          `${key} in ${language}`,
        );
        if (key in errors) t.ok(catalogue.template(`${key}.todo`, language), `${key}.todo in ${language}`);
      }
    }
    t.ok(keys.length > 0);
  });

  t.test(`every text of ${name} belongs to a code, and is there in every language`, async (t) => {
    const [own] = catalogue.parts;
    for (const key of Object.keys(own!.texts.en)) t.ok(own!.params[key.replace(/\.todo$/, '')], key);
    for (const language of languages)
      t.same(Object.keys(own!.texts[language]).sort(), Object.keys(own!.texts.en).sort(), language);
  });

  t.test(`no code of ${name} is told with a sentence`, async (t) => {
    for (const [code, params] of [
      ...Object.entries(details),
      ...Object.entries<ErrorDefinition>(errors).map(([code, { params = {} }]) => [code, params] as const),
    ])
      for (const kind of Object.values(params)) t.notMatch(kind, /^text/, code);
  });
}

const problems = defineProblems({
  errors: { BROKEN: { fault: 'Client', params: { why: 'problem', others: 'list', at: 'instant' } } },
  details: { 'part/missing': { name: 'name' }, 'part/sentence': {} },
  texts: {
    en: {
      BROKEN: 'It is broken at {at}: {why}. Besides: {others}.',
      'BROKEN.todo': 'Mend it.',
      'part/missing': '{name} is missing',
      'part/sentence': 'Somebody said so.',
    },
    da: {
      BROKEN: 'Den er gået i stykker {at}: {why}. Desuden: {others}.',
      'BROKEN.todo': 'Reparer den.',
      'part/missing': '{name} mangler',
    },
  },
  uses: [pkiProblems],
});

t.test(
  'a problem is told in the language of the reader, and in English what that has no text for',
  async (t) => {
    const at = new Date('2026-03-01T12:00:00Z');
    const why = problems.of('part/missing', { name: 'a wheel {at}' });
    const others = [problems.of('part/sentence'), pkiProblems.of('cms/unjudged-revocation')];
    const error = problems.error('BROKEN', { why, others, at });
    t.equal(
      error.message,
      'It is broken at 2026-03-01T12:00:00.000Z: a wheel {at} is missing. Besides: Somebody said so., CRLs. Mend it.',
    );
    t.equal(
      problems.catalogue.text(error.problem, 'da', { instant: () => 'i dag' }),
      "Den er gået i stykker i dag: a wheel {at} mangler. Desuden: Somebody said so., CRL'er.",
    );
    t.equal(problems.catalogue.todo(error.problem, 'da'), 'Reparer den.');
    t.notOk('todo' in error || 'skip' in error, 'tap would let an assertion pass that fails with it');
    t.equal(problems.catalogue.todo(why, 'da'), '');
    t.same(reasonOf(error), why);
    t.same(reasonOf(why), why, 'without a reason it is one');
    t.equal(problems.catalogue.text({ code: 'not/known', params: {} }, 'en'), 'not/known');
  },
);

t.test('a problem that was kept as JSON is as it was', async (t) => {
  const at = new Date('2026-03-01T12:00:00Z');
  const why = problems.error('BROKEN', { why: problems.of('part/sentence'), others: [], at }).problem;
  const others = [why, problems.of('part/missing', { name: '2026-03-01T12:00:00Z' })];
  const { problem } = problems.error('BROKEN', { why, others, at });
  const kept = JSON.parse(JSON.stringify(problem)) as Problem;
  t.same(problems.catalogue.revived(kept), problem);
  const unknown = { code: 'not/known', params: { at: '2026-03-01T12:00:00Z' } };
  t.same(problems.catalogue.revived(unknown), unknown, 'of another version');
});

t.test('what is thrown is a problem', async (t) => {
  const problem = problems.of('part/missing', { name: 'a wheel' });
  t.same(problemIn(problems.error('NOT_FOUND')), { code: 'NOT_FOUND', params: {} });
  t.same(problemIn(Object.assign(new Error('x'), problem)), problem);
  t.same(problemIn(new RangeError('too far')), { code: 'foreign/said', params: { said: 'too far' } });
  t.same(problemIn('a text'), { code: 'foreign/said', params: { said: 'a text' } });
});

t.test('errors of the sets below are told with reasons of this one', async (t) => {
  const why = problems.of('part/sentence');
  const error = problems.error('PEM_INVALID', { why });
  t.equal(error.text, 'A PEM text cannot be read: Somebody said so.');
  t.match(error, { code: 'PEM_INVALID', fault: 'Server', params: { why } });
});

t.test('two problems cannot have the same code', async (t) => {
  t.throws(
    () =>
      defineProblems({
        errors: {},
        details: { 'pem/no-certificate': {} },
        texts: { en: { 'pem/no-certificate': '' }, da: {} },
        uses: [pkiProblems],
      }),
    { message: /pem\/no-certificate/ },
  );
});
