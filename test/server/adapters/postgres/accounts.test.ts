import t from 'tap';
import { systemClock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { Authenticator, setAccount } from '@segl/server/adapters/postgres/accounts';
import type { Db } from '@segl/server/adapters/postgres/database';

/** One account, in memory. */
async function oneAccount(service: string, password: string): Promise<Db> {
  let stored = '';
  const db: Db = {
    async query<Row>(sql: string, params: readonly unknown[] = []) {
      if (sql.startsWith('insert')) stored = String(params[1]);
      return (sql.startsWith('select') && params[0] === service ? [{ password_hash: stored }] : []) as Row[];
    },
  };
  await setAccount(db, systemClock, service, password);
  return db;
}

t.test('whoever tries very many passwords at once is held off, and nobody else is', async (t) => {
  const authenticator = new Authenticator(await oneAccount('demo', 'Bond007'));
  await authenticator.check('demo', 'Bond007');
  const tried = Array.from({ length: 110 }, (_, index) =>
    authenticator
      .check(index % 2 === 0 ? 'demo' : 'nobody', `guess ${index}`)
      .catch((error: unknown) => error),
  );
  t.same(await authenticator.check('demo', 'Bond007'), { service: 'demo' }, 'who was right before is let in');
  const outcomes = await Promise.all(tried);
  const codes = outcomes.map((error) => (isSeglError(error) ? error.code : 'let in'));
  t.equal(
    codes.filter((code) => code === 'CREDENTIALS_WRONG').length,
    102,
    'two at work and a hundred in line',
  );
  t.equal(codes.filter((code) => code === 'UNAVAILABLE').length, 8);
  await t.rejects(authenticator.check('demo', 'wrong'), { code: 'CREDENTIALS_WRONG' }, 'it is open again');
});
