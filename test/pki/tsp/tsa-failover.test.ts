import t from 'tap';
import { pkiProblems } from '@segl/pki/problems';
import { failover } from '@segl/pki/tsp/tsa-failover';

const digest = new Uint8Array(32);

/** Authorities by name; a text is why one fails. */
function authorities(answers: Record<string, string | undefined>) {
  const asked: string[] = [];
  const heard: string[] = [];
  let now = Date.parse('2026-03-01T12:00:00Z');
  const timestamp = failover(
    Object.keys(answers).map((url) => ({
      url,
      timestamp: () => {
        asked.push(url);
        const why = answers[url];
        return why === undefined
          ? Promise.resolve(Buffer.from(url))
          : Promise.reject(
              pkiProblems.error('TSA_FAILED', {
                url,
                why: pkiProblems.of('timestamp/refused-saying', { status: 2, said: why }),
              }),
            );
      },
    })),
    {
      clock: { now: () => new Date(now) },
      onFailure: (url, why) => heard.push(`${url}: ${why.params['said'] as string}`),
    },
  );
  return {
    answers,
    asked,
    heard,
    wait: (ms: number) => (now += ms),
    ask: async () => Buffer.from(await timestamp(() => digest)).toString(),
  };
}

t.test('the first authority is asked, the second only when it fails', async (t) => {
  const world = authorities({ one: undefined, two: undefined });
  t.equal(await world.ask(), 'one');
  world.answers['one'] = 'it does not answer';
  t.equal(await world.ask(), 'two');
  t.same(world.asked, ['one', 'one', 'two']);
  t.same(world.heard, ['one: it does not answer']);
});

t.test('one that failed is asked last for a minute', async (t) => {
  const world = authorities({ one: 'down', two: undefined });
  await world.ask();
  t.equal(await world.ask(), 'two');
  t.same(world.asked, ['one', 'two', 'two'], 'not asked again at once');
  world.wait(61_000);
  world.answers['one'] = undefined;
  t.equal(await world.ask(), 'one');
});

t.test('the rest grows while it fails, and one request at a time tries it', async (t) => {
  const world = authorities({ one: 'down', two: undefined });
  const triesAfter = async (ms: number): Promise<number> => {
    world.wait(ms);
    const before = world.asked.filter((url) => url === 'one').length;
    await Promise.all([world.ask(), world.ask(), world.ask()]);
    return world.asked.filter((url) => url === 'one').length - before;
  };
  await world.ask();
  t.equal(await triesAfter(61_000), 1, 'a minute, then one of three');
  t.equal(await triesAfter(61_000), 0);
  t.equal(await triesAfter(60_000), 1, 'two minutes');
  t.equal(await triesAfter(3 * 60_000), 0);
  for (let day = 0; day < 10; day++) t.equal(await triesAfter(61 * 60_000), 1, 'an hour at most');
  world.answers['one'] = undefined;
  world.wait(61 * 60_000);
  t.equal(await world.ask(), 'one');
  world.answers['one'] = 'down';
  await world.ask();
  t.equal(await triesAfter(61_000), 1, 'after an answer it begins anew');
});

t.test(
  'when none gives a time-stamp every reason is told; resting ones are tried all the same',
  async (t) => {
    const world = authorities({ one: 'down', two: 'its clock is off' });
    const told = { code: 'TSA_FAILED', message: /one, two.*down.*; .*its clock is off/ };
    await t.rejects(world.ask(), told);
    await t.rejects(world.ask(), { code: 'TSA_FAILED' });
    t.equal(world.asked.length, 4);
  },
);

t.test('other errors are not passed over', async (t) => {
  const broken = failover([{ url: 'one', timestamp: () => Promise.reject(new Error('bug')) }], {
    clock: { now: () => new Date() },
    onFailure: () => t.fail('no failure of an authority'),
  });
  await t.rejects(
    broken(() => digest),
    { message: 'bug' },
  );
});
