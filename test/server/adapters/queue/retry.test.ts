import t from 'tap';
import { queueNames } from '@segl/server/domain/lifecycle/jobs';
import { JITTER, retryDelay, retryDelays } from '@segl/server/adapters/queue/retry';

const DAY = 86_400_000;

t.test('callbacks: at least twelve tries over at least five days, whatever the jitter', async (t) => {
  const pauses = retryDelays['deliver-callback'];
  t.ok(pauses.length + 1 >= 12);
  const shortest = pauses.map((_, index) => retryDelay('deliver-callback', index + 1, () => 0) ?? 0);
  t.ok(shortest.reduce((sum, pause) => sum + pause, 0) >= 5.5 * DAY);
  t.equal(retryDelay('deliver-callback', pauses.length + 1), undefined, 'then it is over');
});

t.test('jitter moves a pause by at most its share, both ways', async (t) => {
  t.equal(JITTER, 0.2);
  t.equal(
    retryDelay('deliver-callback', 1, () => 0),
    4_000,
  );
  t.equal(
    retryDelay('deliver-callback', 1, () => 0.5),
    5_000,
  );
  t.equal(
    retryDelay('deliver-callback', 1, () => 0.999_999),
    6_000,
  );
  for (let n = 0; n < 100; n++) {
    const pause = retryDelay('package-task', 2) ?? 0;
    t.ok(pause >= 4_000 && pause <= 6_000);
  }
});

t.test('what the other side asks for is a minimum', async (t) => {
  t.equal(
    retryDelay('deliver-callback', 1, () => 0.5, 60_000),
    60_000,
  );
  t.equal(
    retryDelay('deliver-callback', 6, () => 0.5, 60_000),
    3_600_000,
  );
  const tries = retryDelays['deliver-callback'].length + 1;
  t.equal(
    retryDelay('deliver-callback', tries, () => 0.5, 60_000),
    undefined,
    'but it buys no further try',
  );
});

t.test('every queue has its schedule, and pauses never shrink', async (t) => {
  for (const queue of queueNames) {
    const pauses = retryDelays[queue];
    t.same(
      pauses,
      [...pauses].sort((a, b) => a - b),
      queue,
    );
  }
});
