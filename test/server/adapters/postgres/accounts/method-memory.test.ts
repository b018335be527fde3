import t from 'tap';
import { noteAttempt } from '@segl/server/adapters/postgres/accounts/method-memory';
import { Database } from '@segl/server/adapters/postgres/database';
import { newDatabase } from '../../../../support/server/template-database.ts';

const { url, drop } = await newDatabase();
const db = new Database({ url });
t.teardown(async () => {
  await db.close();
  await drop();
});

t.test('attempts at the same time are counted one after the other', async (t) => {
  const place = { module: 'of-the-test', kind: 'attempts', keys: [Buffer.alloc(32, 1)] };
  const at = new Date('2026-05-04T10:00:00Z');
  const until = new Date('2026-05-05T10:00:00Z');
  for (let round = 0; round < 5; round++) {
    const noted = Array.from({ length: 8 }, () => noteAttempt(db, place, { at, until }));
    const counts = (await Promise.all(noted)).map(({ count }) => count);
    t.same(
      counts.sort((a, b) => a - b),
      Array.from({ length: 8 }, (_, index) => round * 8 + index + 1),
    );
  }
});
