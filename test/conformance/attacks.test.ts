/** Every hostile file is refused, with the indication that fits it, and counts as nobody's evidence. */
import t from 'tap';
import { isAsExpected, tellAttacks } from '../../conformance/attacks/refusals.ts';

t.test('what is hostile is refused, and what it is made from is not', async (t) => {
  const names = new Set<string>();
  let told = 0;
  for await (const one of tellAttacks()) {
    const { family, name, indication, refused } = one;
    names.add(`${family}: ${name}`);
    told += 1;
    t.ok(isAsExpected(one), `${family}: ${name}: ${indication}, ${refused ?? 'taken'}`);
  }
  t.equal(names.size, told, 'each has a name of its own');
  t.ok(told > 150);
});
