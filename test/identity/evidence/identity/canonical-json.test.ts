/** RFC 8785: its own examples. */
import t from 'tap';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';

t.test('the examples of sections 3.2.2 and 3.2.3', (t) => {
  const input: unknown = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  );
  t.equal(
    canonicalJson(input),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const sorted = canonicalJson({
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  });
  t.same(
    [...sorted.matchAll(/:"([^"]*)"/g)].map(([, value]) => value?.split(':')[0]),
    [
      ...['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign'],
      ...['Emoji', 'Hebrew Letter Dalet With Dagesh'],
    ],
  );
  t.end();
});

t.test('numbers of appendix B, and what is no JSON', (t) => {
  for (const [number, text] of [
    [-0, '0'],
    [5e-324, '5e-324'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [1e23, '1e+23'],
    [333333333.33333325, '333333333.33333325'],
  ] as const)
    t.equal(canonicalJson(number), text);
  for (const none of [undefined, NaN, Infinity, () => 1, '\ud800', { a: undefined }, 1n])
    t.throws(() => canonicalJson(none), TypeError);
  t.end();
});
