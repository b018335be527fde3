import t from 'tap';
import {
  ageAt,
  isPassword,
  judgeKey,
  judgePassword,
  ocesRefusal,
  stateOf,
  UNLOCKED,
  type Account,
} from '@segl/sandbox/methods/nemid/client/account-rules';
import { createKeyCard } from '@segl/sandbox/methods/nemid/client/key-card';
import { makeCpr } from '@segl/sandbox/methods/nemid/users/autofill';
import { readUserOrder } from '@segl/sandbox/methods/nemid/users/order';
import { readCpr } from '@segl/identity/methods/nemid/cpr/cpr';

const START = new Date('2026-05-04T10:00:00Z');
const after = (ms: number): Date => new Date(START.getTime() + ms);
const HOUR = 3_600_000;
const fresh = (): Account => ({ ...UNLOCKED, cards: [createKeyCard()] });

/** The codes (or attempts left) of so many attempts. */
function attempts(account: Account, judge: typeof judgeKey, rights: readonly boolean[], now = START) {
  return rights.map((right) => {
    const { attempt, change } = judge(account, right, now);
    Object.assign(account, change);
    return attempt.kind === 'wrong'
      ? attempt.attemptsLeft
      : attempt.kind === 'right'
        ? 'right'
        : attempt.code;
  });
}
const WRONG = [false, false, false, false, false];

t.test('passwords: quarantine, its end, lock', async (t) => {
  const account = fresh();
  t.same(attempts(account, judgePassword, WRONG), [4, 3, 2, 1, 'LOCK001']);
  t.equal(stateOf(account, after(8 * HOUR - 1)), 'quarantined');
  t.same(attempts(account, judgePassword, [true, false], after(HOUR)), ['AUTH004', 'AUTH004']);
  t.equal(stateOf(account, after(8 * HOUR)), 'active', 'eight hours to the millisecond');
  t.same(attempts(account, judgePassword, WRONG, after(9 * HOUR)), [4, 3, 2, 1, 'LOCK002']);
  t.same(attempts(account, judgePassword, [true], after(9999 * HOUR)), ['AUTH005'], 'for good');
  Object.assign(account, UNLOCKED);
  t.same(attempts(account, judgePassword, [false, true, false]), [4, 'right', 4], 'a right one starts anew');
});

t.test('a right key forgets the first quarantine, a right password does not', async (t) => {
  const account = fresh();
  attempts(account, judgePassword, WRONG);
  attempts(account, judgePassword, [true], after(9 * HOUR));
  t.equal(account.quarantines, 1);
  attempts(account, judgeKey, [true], after(9 * HOUR));
  t.same(attempts(account, judgePassword, WRONG, after(9 * HOUR)).at(-1), 'LOCK001');
});

t.test('keys: the fifth wrong one revokes the card', async (t) => {
  const account = fresh();
  t.same(attempts(account, judgeKey, [false, false, true, ...WRONG]), [4, 3, 'right', 4, 3, 2, 1, 'LOCK003']);
  t.same(attempts(account, judgePassword, [true]), ['AUTH007']);
});

t.test('what is not activated, and what is spent', async (t) => {
  for (const account of [
    { ...fresh(), activated: false },
    { ...fresh(), password: 'spent' as const },
  ]) {
    t.same(attempts(account, judgePassword, [true]), ['AUTH008']);
    t.same(account.wrongPasswords, 0, 'nothing is counted');
  }
});

t.test('OCES is for those who want it and are fifteen', async (t) => {
  t.equal(ocesRefusal({ ...fresh(), oces: false }, '1980-01-01', START), 'OCES001');
  t.equal(ocesRefusal(fresh(), undefined, START), 'OCES004');
  t.equal(ocesRefusal(fresh(), '2011-05-05', START), 'OCES004', 'one day short');
  t.equal(ocesRefusal(fresh(), '2011-05-04', START), undefined);
  t.equal(ageAt('2000-02-29', new Date('2015-02-28T12:00:00Z')), 14);
  for (const [text, ok] of [
    ['1234', true],
    ['123', false],
    [' abcd', false],
    ['lange ord æøå', true],
    ['x'.repeat(41), false],
  ] as const) {
    t.equal(isPassword(text), ok, text);
  }
});

t.test('CPR numbers that are made up', async (t) => {
  for (const date of ['1937-01-01', '1984-02-29', '1999-12-31', '2000-01-01', '2010-07-15']) {
    for (const check of ['fails', 'holds'] as const) {
      const cpr = readCpr(makeCpr(new Date(date), check));
      t.match(cpr, { birthDate: date, passesModulus11: check === 'holds' });
    }
  }
});

t.test('the order of a user says what is wrong, field by field', async (t) => {
  const read = (fields: Record<string, string>, isForm = false) =>
    readUserOrder(fields, { now: START, isForm, taken: () => ({}) });
  const made = read({ kind: 'moces', alias: 'MIXED.case', cvr: '12345678', company: 'A/S' });
  t.match(made, {
    person: { userId: 'mixed.case', kind: 'moces', employment: { cvr: '12345678', company: 'A/S' } },
    activated: true,
    temporary: false,
  });
  t.match(read({}, true), { activated: false }, 'a form activates only where it says so');
  const youth = read({ kind: 'youth' });
  if ('problems' in youth) return t.fail('made up fields are right');
  const age = ageAt(readCpr(youth.person.cpr)?.birthDate ?? '', START);
  t.ok(age >= 15 && age < 18, `a youth is ${String(age)}`);
  const wrong = read({
    ...{
      alias: 'a b',
      password: 'x',
      cpr: '3102001234',
      kind: 'robot',
      certificate: 'lost',
      email: 'nobody',
    },
    ...{ cvr: '1', company: '<b>', account: 'open' },
  });
  t.same(Object.keys('problems' in wrong ? wrong.problems : {}).sort(), [
    'account',
    'alias',
    'certificate',
    'company',
    'cpr',
    'cvr',
    'email',
    'kind',
    'password',
  ]);
  t.same(read({ alias: '1405822042' }), {
    problems: { alias: { code: 'field/user-id-like-cpr', params: {} } },
  });
});
