/** States of tasks and orders, and the times that the contract sets when an order says none. */
import t from 'tap';
import {
  addDays,
  allCompleted,
  ARTIFACT_SECONDS,
  DEFAULT_DAYS_TO_LIVE,
  DEFAULT_DAYS_UNTIL_DELETION,
  expiryOf,
  isSettled,
  SESSION_IDLE_MINUTES,
  stateAt,
  waitsFor,
  wireStatus,
} from '@segl/server/domain/lifecycle/lifecycle';
import { queueNames } from '@segl/server/domain/lifecycle/jobs';
import type { TaskState } from '@segl/server/domain/order/model';
import { task } from '../../../support/server/orders.ts';

const STATES: readonly TaskState[] = [
  'created',
  'sent-in',
  'completed',
  'rejected',
  'expired',
  'deleted',
  'failed',
];

t.test('days of the contract, and days that the order says', (t) => {
  t.strictSame(
    [DEFAULT_DAYS_TO_LIVE, DEFAULT_DAYS_UNTIL_DELETION, ARTIFACT_SECONDS, SESSION_IDLE_MINUTES],
    [30, 30, 30, 30],
  );
  const noon = new Date('2026-02-27T12:00:00Z');
  t.strictSame(addDays(noon, 2), new Date('2026-03-01T12:00:00Z'));
  t.strictSame(expiryOf(task('a', undefined, { daysToLive: 0 }), noon), noon, 'none is not the default');
  t.end();
});

t.test('only an open task expires, and at its time', (t) => {
  const expiresAt = new Date('2026-03-01T12:00:00Z');
  const after = new Date(expiresAt.getTime() + 1);
  for (const state of STATES) {
    t.equal(stateAt({ state, expiresAt }, after), state === 'created' ? 'expired' : state, state);
    t.equal(wireStatus(state), state === 'sent-in' ? 'created' : state, state);
  }
  t.end();
});

t.test('nobody waits for what is completed or was taken out', (t) => {
  t.strictSame(
    [...STATES, undefined].filter((state) => isSettled(state)),
    ['completed', 'deleted'],
  );
  const waiting = task('c', undefined, { dependsOnTasks: ['a', 'b', 'unknown'] });
  const states = new Map<string, TaskState>([
    ['a', 'deleted'],
    ['b', 'rejected'],
  ]);
  t.strictSame(waitsFor(waiting, states), ['b', 'unknown']);
  t.end();
});

t.test('an order is complete when something is completed and nothing else is left', (t) => {
  t.ok(allCompleted(['completed', 'completed']));
  t.ok(allCompleted(['deleted', 'completed']));
  t.notOk(allCompleted([]));
  t.notOk(allCompleted(['deleted']));
  for (const state of STATES.filter((one) => !isSettled(one)))
    t.notOk(allCompleted(['completed', state]), state);
  t.end();
});

t.test('a queue for each kind of work', (t) => {
  // names of what is stored: rows that wait for a queue under another name would never run
  t.strictSame(
    [...queueNames],
    ['package-task', 'package-order', 'deliver-callback', 'send-mail', 'send-sms'],
  );
  t.end();
});
