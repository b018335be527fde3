/** What one answer tells of invalid values. */
import t from 'tap';
import { invalidValues, MOST_TOLD, type InvalidValue } from '@segl/server/domain/order/invalid-value';
import { orderProblems } from '@segl/server/domain/order/problems';

const needed = (element: string, from?: readonly string[]): InvalidValue => ({
  element,
  problem: orderProblems.of('value/needed'),
  ...(from && { from }),
});
const told = (element: string) => orderProblems.of('value/at', { element, problem: needed('').problem });
const many = (count: number): InvalidValue[] =>
  Array.from({ length: count }, (_, index) => needed(`task[${index}]`));
const more = (count: number) => orderProblems.of('value/more', { count });

t.test('each is told once, whatever it was judged by', (t) => {
  t.strictSame(invalidValues([needed('a'), needed('b', ['x']), needed('a', ['y'])]), [told('a'), told('b')]);
  t.strictSame(invalidValues([]), []);
  t.end();
});

t.test('the first ones are told, the others counted', (t) => {
  const all = many(MOST_TOLD).map(({ element }) => told(element));
  t.strictSame(invalidValues(many(MOST_TOLD)), all);
  t.strictSame(invalidValues(many(MOST_TOLD + 1)), [...all, more(1)]);
  t.strictSame(invalidValues([...many(MOST_TOLD + 2), ...many(5)]), [...all, more(2)], 'each once');
  t.strictSame(invalidValues(many(1), 3), [told('task[0]'), more(3)], 'with those that were not kept');
  t.strictSame(invalidValues(many(MOST_TOLD + 1), 3), [...all, more(4)]);
  t.end();
});
