/** Whatever was opened is closed again, in the reverse order, also when the next part cannot be opened. */
import t from 'tap';
import { OpenParts, openTogether, type Closable } from '@segl/server/composition/open-parts';

const partsOf =
  (closed: string[], failing: readonly string[] = []) =>
  (name: string) => ({
    name,
    close: async () => {
      await Promise.resolve();
      closed.push(name);
      if (failing.includes(name)) throw new Error(`${name} will not close`);
    },
  });

t.test('the whole closes its parts in the reverse order, once', async (t) => {
  const closed: string[] = [];
  const part = partsOf(closed);
  const whole = await openTogether((parts) => {
    const { name } = parts.add(part('first'));
    parts.add(part('second'));
    return { name };
  });
  t.equal(whole.name, 'first');
  await whole.close();
  await whole.close();
  t.same(closed, ['second', 'first']);
});

t.test(
  'when the next part cannot be opened, those before it are closed, and its error is told',
  async (t) => {
    const closed: string[] = [];
    const part = partsOf(closed, ['second']);
    const whole = openTogether(async (parts): Promise<object> => {
      parts.add(part('first'));
      parts.add(part('second'));
      throw new Error('there is no third');
    });
    await t.rejects(whole, { message: 'there is no third' });
    t.same(closed, ['second', 'first']);
  },
);

t.test('one that will not close keeps none of the others open', async (t) => {
  const closed: string[] = [];
  const part = partsOf(closed, ['third', 'second']);
  const parts = new OpenParts();
  for (const name of ['first', 'second', 'third']) parts.add<Closable>(part(name));
  await t.rejects(parts.close(), { message: 'third will not close' });
  t.same(closed, ['third', 'second', 'first']);
});
