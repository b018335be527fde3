import { randomBytes, scryptSync } from 'node:crypto';
import t from 'tap';
import { systemClock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { Authenticator, setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { Database, type Db } from '@segl/server/adapters/postgres/database';
import { hashPassword, matchesPassword } from '@segl/server/adapters/secrets/password-hash';
import { newDatabase } from '../../../../support/server/template-database.ts';

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

t.test('a hash names its algorithm and parameters, and is read by those that it names', async (t) => {
  const stored = await hashPassword('Bond007');
  t.match(stored, /^\$scrypt\$ln=14,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  t.ok(await matchesPassword('Bond007', stored));
  t.notOk(await matchesPassword('Bond008', stored));
  t.notOk(await matchesPassword('Bond007', stored.replace('p=1', 'p=2')), 'the parameters count');
  // by Python's hashlib
  const costly = '$scrypt$ln=15,r=4,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MFLD9nFiGbSVRNFGnmArVIdeR5EMzqz+2yasyZbmljo';
  t.ok(await matchesPassword('Bond007', costly), 'those of another day');
  for (const none of [
    '',
    'Bond007',
    '$scrypt$',
    '$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA',
    stored.slice(0, -44),
  ]) {
    t.notOk(await matchesPassword('Bond007', none), none);
  }
});

t.test('accounts of before get hashes that name their parameters, and their passwords stay', async (t) => {
  const { url, drop } = await newDatabase();
  t.teardown(drop);
  const db = new Database({ url, max: 1 });
  t.teardown(() => db.close());
  await db.query('alter table services drop constraint password_hash_is_phc');
  await db.query("delete from migrations where name = '0045_password_hashes.sql'");
  for (const bytes of [15, 16, 17]) {
    const salt = randomBytes(bytes);
    const hash = scryptSync('Bond007', salt, 32).toString('base64');
    await db.query('insert into services (name, password_hash, created_at) values ($1, $2, now())', [
      `salt-of-${bytes}`,
      `scrypt$${salt.toString('base64')}$${hash}`,
    ]);
  }
  await db.migrate();
  for (const { name, password_hash: hash } of await db.query<{ name: string; password_hash: string }>(
    'select name, password_hash from services',
  )) {
    t.match(hash, /^\$scrypt\$ln=14,r=8,p=1\$[\w+/]+\$[\w+/]{43}$/, name);
    t.same(await new Authenticator(db).check(name, 'Bond007'), { service: name });
  }
  const bare =
    "insert into services (name, password_hash, created_at) values ('bare', 'scrypt$c2FsdA==$aGFzaA==', now())";
  await t.rejects(db.query(bare), { code: '23514' }, 'none without parameters can be stored');
});
