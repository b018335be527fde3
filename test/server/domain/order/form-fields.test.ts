/** Forms: what may stand in their fields, and how the wire says it. */
import t from 'tap';
import {
  changedFields,
  FORM_ID,
  judgeValues,
  LONGEST_VALUE,
  mergeValues,
  paramProblems,
  startValues,
  writeParams,
  type FieldKind,
  type FieldProblem,
  type FormField,
  type FormValues,
} from '@segl/server/domain/order/form-fields';
import { orderProblems } from '@segl/server/domain/order/problems';

const field = (name: string, kind: FieldKind, more: Partial<FormField> = {}): FormField => ({
  name,
  label: name,
  page: 1,
  kind,
  required: false,
  readOnly: false,
  open: false,
  options: ['yes', 'no'].map((value) => ({ value, label: value.toUpperCase() })),
  values: [],
  ...more,
});
const values = (...all: [string, ...string[]][]): FormValues =>
  new Map(all.map(([name, ...own]) => [name, own]));
const ONE_LINE = field('f', 'text');
const KINDS: readonly FieldKind[] = ['text', 'lines', 'check', 'radio', 'choice', 'choices'];

/** What is kept of `typed` in a field. */
const kept = (of: FormField, ...typed: string[]): readonly string[] =>
  mergeValues([of], new Map(), new Map([[of.name, typed]])).get(of.name)!;

t.test('the name of the form is part of the contract', (t) => {
  t.equal(FORM_ID, 'interactive');
  t.end();
});

t.test('values are kept composed, trimmed where they are one line, and without the empty ones', (t) => {
  t.strictSame(kept(ONE_LINE, ' A\u030a\tb '), ['Å b']);
  t.strictSame(kept(ONE_LINE, 'a\r\nb\rc\r\r\nd'), ['a\nb\nc\n\nd']);
  t.strictSame(kept(ONE_LINE, '', ' \t', 'x'), ['x']);
  t.strictSame(kept(field('f', 'lines'), ' a\r\n\tb\n'), [' a\n b\n'], 'lines stay as they are set');
  t.strictSame(kept(field('f', 'lines'), ' \n\t'), []);
  t.strictSame(kept(ONE_LINE), []);
  for (const kind of KINDS) {
    const isButton = kind === 'check' || kind === 'radio';
    t.strictSame(kept(field('f', kind), 'Off'), isButton ? [] : ['Off'], kind);
    t.strictSame(kept(field('f', kind), 'off', 'yes'), ['off', 'yes'], kind);
  }
  t.end();
});

t.test('a form starts with what the order gives, else with what is in the document', (t) => {
  const fields = [
    field('a', 'text', { values: [' own '] }),
    field('b', 'choices', { values: ['yes'] }),
    field('c', 'check', { values: ['Off'] }),
    field('d', 'text', { values: ['own'] }),
  ];
  const given = [
    { name: 'b', value: 'no' },
    { name: 'x', value: 'nobody’s' },
    { name: 'b', value: ' yes ' },
    { name: 'd', value: '' },
  ];
  t.strictSame(
    startValues(fields, given),
    new Map([
      ['a', ['own']],
      ['b', ['no', 'yes']],
      ['c', []],
      ['d', []],
    ]),
  );
  t.end();
});

t.test('what the signer typed goes over it, but not over what cannot be changed', (t) => {
  const fields = [
    field('a', 'text'),
    field('b', 'text', { readOnly: true }),
    field('c', 'text', { readOnly: true }),
    field('d', 'text'),
  ];
  const start = values(['a', 'old'], ['b', 'old'], ['d', 'old']);
  const typed = values(['a', ' new '], ['b', 'new'], ['c', 'new'], ['x', 'new']);
  t.strictSame(
    mergeValues(fields, start, typed),
    new Map([
      ['a', ['new']],
      ['b', ['old']],
      ['c', []],
      ['d', []],
    ]),
  );
  t.end();
});

t.test('what keeps values from being taken', (t) => {
  const judge = (of: FormField, ...own: string[]): FieldProblem[] =>
    judgeValues([of], new Map([[of.name, own]]));
  const wrong = (kind: FieldProblem['kind'], detail?: string): FieldProblem[] => [
    { name: 'f', kind, ...(detail !== undefined && { detail }) },
  ];
  t.strictSame(judgeValues([ONE_LINE], new Map()), []);
  for (const kind of KINDS) {
    const needed = field('f', kind, { required: true });
    t.strictSame(judge(needed), wrong('missing'), kind);
    t.strictSame(judgeValues([needed], new Map()), wrong('missing'), kind);
    t.strictSame(judge(needed, 'yes'), [], kind);
    t.strictSame(judge({ ...needed, readOnly: true }), [], 'nobody could fill it in');
    t.strictSame(judge(field('f', kind), 'yes', 'no'), kind === 'choices' ? [] : wrong('one-only'), kind);
    const isFree = kind === 'text' || kind === 'lines';
    t.strictSame(judge(field('f', kind), 'other'), isFree ? [] : wrong('not-an-option'), kind);
  }
  t.strictSame(judge(field('f', 'choice', { open: true }), 'other'), []);
  t.strictSame(judge(field('f', 'choice', { options: [] }), 'yes'), wrong('not-an-option'));
  t.strictSame(judge(field('f', 'choices'), 'yes', 'other'), wrong('not-an-option'), 'each is judged');

  for (const [maxLength, longest] of [
    [undefined, LONGEST_VALUE],
    [5, 5],
    [LONGEST_VALUE + 1, LONGEST_VALUE],
  ] as const) {
    const limited = field('f', 'text', maxLength === undefined ? {} : { maxLength });
    t.strictSame(judge(limited, 'x'.repeat(longest)), []);
    t.strictSame(judge(limited, 'x'.repeat(longest + 1)), wrong('too-long', String(longest)));
  }
  const long = 'x'.repeat(LONGEST_VALUE + 1);
  t.strictSame(judge(field('f', 'lines'), long), wrong('too-long', String(LONGEST_VALUE)));
  t.strictSame(judge(field('f', 'choice', { open: true }), long), wrong('too-long', String(LONGEST_VALUE)));

  for (const bad of ['a\u0000', '\u0007b', '\u0085', '\ud800', 'x\udc00y', '\ufffe', '\uffff', 'a\nb'])
    t.strictSame(judge(ONE_LINE, bad), wrong('characters', ''), JSON.stringify(bad));
  t.strictSame(judge(ONE_LINE, 'æ 😀 \ufffd'), []);
  t.strictSame(judge(field('f', 'lines'), 'a\n\nb'), []);
  t.strictSame(judge(field('f', 'lines'), 'a\nb\u0007'), wrong('characters', ''));
  t.strictSame(
    judgeValues([field('a', 'check'), ONE_LINE, field('b', 'radio')], values(['b', 'x'], ['a', 'x'])),
    [
      { name: 'a', kind: 'not-an-option' },
      { name: 'b', kind: 'not-an-option' },
    ],
    'in the order of the fields',
  );
  t.end();
});

t.test('every field is told, with what stands for nothing where nothing is in it', (t) => {
  const fields = KINDS.map((kind) => field(kind, kind));
  t.strictSame(writeParams(fields, values(['choices', 'yes', 'no'], ['text', 'a'])), [
    { name: 'text', value: 'a' },
    { name: 'lines', value: '' },
    { name: 'check', value: 'Off' },
    { name: 'radio', value: 'Off' },
    { name: 'choice', value: '' },
    { name: 'choices', value: 'yes' },
    { name: 'choices', value: 'no' },
  ]);
  t.end();
});

t.test('fields that were changed', (t) => {
  const fields = ['a', 'b', 'c', 'd', 'e'].map((name) => field(name, 'choices'));
  const start = values(['a', 'x'], ['b', 'x'], ['c'], ['e', 'x']);
  const now = values(['a', 'x'], ['b', 'x', 'y'], ['d', 'x']);
  t.strictSame(changedFields(fields, start, now), ['b', 'd', 'e']);
  t.end();
});

t.test("what is wrong with an order's parameters", (t) => {
  const none = (): FieldProblem[] => [];
  const fields = [
    field('a', 'text', { required: true, maxLength: 2 }),
    field('b', 'radio'),
    field('c', 'choice'),
    field('d', 'text'),
    field('e', 'check', { options: [] }),
  ];
  const param = (name: string, value: string) => ({ name, value });
  const at = (name: string): string => `form/input-param[@name="${name}"]`;
  const names = (...all: string[]) => orderProblems.of('form/names', { names: all });
  t.strictSame(paramProblems('form', fields, [], none), [], 'the signer fills it in');
  t.strictSame(
    paramProblems(
      'form',
      fields,
      [
        param('x', '1'),
        param('a', 'abc'),
        param('b', 'other'),
        param('c', 'other'),
        param('d', '1'),
        param('d', '2'),
        param('x', '2'),
        param('e', 'on'),
      ],
      none,
    ),
    [
      {
        element: at('x'),
        problem: orderProblems.of('form/field-unknown', {
          name: 'x',
          fields: names('a', 'b', 'c', 'd', 'e'),
        }),
      },
      { element: at('a'), problem: orderProblems.of('form/value-too-long', { limit: 2 }) },
      {
        element: at('b'),
        problem: orderProblems.of('form/not-an-option', { allowed: names('yes', 'no', 'Off') }),
      },
      { element: at('c'), problem: orderProblems.of('form/not-an-option', { allowed: names('yes', 'no') }) },
      { element: at('d'), problem: orderProblems.of('form/one-value') },
      { element: at('e'), problem: orderProblems.of('form/not-an-option', { allowed: names('Off') }) },
    ],
  );
  t.strictSame(paramProblems('form', fields, [param('d', 'a\u0007')], none), [
    { element: at('d'), problem: orderProblems.of('form/control-characters') },
  ]);
  t.end();
});

t.test('values that are sound are tried on the page, and only those', (t) => {
  const fields = [field('a', 'text', { maxLength: 2 }), field('b', 'text'), field('c', 'text')];
  const tried: FormValues[] = [];
  const found = paramProblems(
    'form',
    fields,
    [
      { name: 'a', value: 'abc' },
      { name: 'b', value: ' b ' },
    ],
    (given) => {
      tried.push(given);
      return [
        { name: 'b', kind: 'space' },
        { name: 'b', kind: 'characters', detail: '☃' },
        { name: 'gone', kind: 'missing' },
        { name: 'gone', kind: 'not-an-option' },
      ];
    },
  );
  t.strictSame(tried, [values(['b', 'b'])]);
  t.strictSame(
    found.slice(1).map(({ element, problem }) => [element, problem]),
    [
      ['form/input-param[@name="b"]', orderProblems.of('form/no-space')],
      ['form/input-param[@name="b"]', orderProblems.of('form/characters-not-printable', { characters: '☃' })],
      ['form/input-param[@name="gone"]', orderProblems.of('value/empty')],
      [
        'form/input-param[@name="gone"]',
        orderProblems.of('form/not-an-option', { allowed: orderProblems.of('form/names', { names: [] }) }),
      ],
    ],
  );
  t.end();
});

t.test('at most fifty names are told', (t) => {
  const told = (count: number) => {
    const fields = Array.from({ length: count }, (_, index) => field(`f${index}`, 'text'));
    return paramProblems('form', fields, [{ name: 'x', value: '' }], () => [])[0]!.problem.params['fields'];
  };
  const names = Array.from({ length: 50 }, (_, index) => `f${index}`);
  t.strictSame(told(50), orderProblems.of('form/names', { names }));
  t.strictSame(told(51), orderProblems.of('form/names-cut', { names, count: 51 }));
  t.end();
});
