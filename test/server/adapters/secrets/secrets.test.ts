import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createSecretBox, openSecretBox } from '@segl/server/adapters/secrets/secrets';

const secret = Buffer.from('a secret');
const [first, second] = [randomBytes(32), randomBytes(32)];

t.test('what is sealed opens again, in its own place only', (t) => {
  const box = createSecretBox([first]);
  const sealed = box.seal(secret, 'cpr:demo');
  t.same(box.open(sealed, 'cpr:demo'), secret);
  t.notOk(sealed.includes(secret));
  t.notSame(box.seal(secret, 'cpr:demo'), sealed, 'never the same twice');
  t.throws(() => box.open(sealed, 'cpr:other'), { code: 'SECRET_UNREADABLE' });
  t.throws(() => box.open(Buffer.of(1, 2), 'cpr:demo'), { code: 'SECRET_UNREADABLE' });
  for (let at = 0; at < sealed.length; at++) {
    const damaged = Buffer.from(sealed);
    damaged[at] = damaged[at]! ^ 1;
    t.throws(() => box.open(damaged, 'cpr:demo'), { code: 'SECRET_UNREADABLE' }, `byte ${at}`);
  }
  t.end();
});

t.test('keys change, and what the old one sealed is still read', (t) => {
  const old = createSecretBox([first]);
  const sealed = old.seal(secret, 'cpr:demo');
  const index = old.index('9208-2002-2-1', 'pid');
  const rotated = createSecretBox([second, first]);
  t.same(rotated.open(sealed, 'cpr:demo'), secret);
  t.equal(rotated.isCurrent(sealed), false);
  t.equal(rotated.isCurrent(rotated.seal(secret, 'cpr:demo')), true);
  t.notSame(rotated.index('9208-2002-2-1', 'pid'), index);
  t.same(rotated.indexes('9208-2002-2-1', 'pid')[1], index);
  const error = t.throws(() => createSecretBox([second]).open(sealed, 'cpr:9208-2002-2-1'), {
    code: 'SECRET_UNREADABLE',
    message: /another key .*SECRETS_OLD_KEYS/,
  });
  t.notMatch(String(error), '9208', 'nobody is named');
  t.end();
});

t.test('the key comes from the settings, or from one file that all processes share', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'segl-secrets-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const none = { secretsKey: undefined, secretsOldKeys: [], dataDir };
  const boxes = await Promise.all(Array.from({ length: 8 }, () => openSecretBox(none)));
  const sealed = boxes[0]!.seal(secret, 'x');
  for (const box of boxes) t.same(box.open(sealed, 'x'), secret);
  t.equal((await stat(join(dataDir, 'secrets.key'))).mode & 0o777, 0o600);
  for (const secretsKey of [first.toString('hex'), first.toString('base64')]) {
    const box = await openSecretBox({ ...none, secretsKey });
    t.same(createSecretBox([first]).open(box.seal(secret, 'x'), 'x'), secret);
  }
  for (const secretsKey of ['short', randomBytes(16).toString('hex'), `${first.toString('base64')} x`]) {
    const error = await openSecretBox({ ...none, secretsKey }).catch((thrown: unknown) => thrown);
    t.match(error, { code: 'CONFIG_INVALID' });
    t.notMatch(String(error), secretsKey, 'the key is not quoted');
  }
});
