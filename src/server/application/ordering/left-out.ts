/** Methods that an order lists and is taken without: its history tells them. */
import type { MethodOffer } from '@segl/identity/registry';
import { settingsIn } from '@segl/identity/methods-file';
import type { Problem } from '@segl/problem/problem';
import { addEvent } from '../../adapters/postgres/orders/orders.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import type { TaskSpec } from '../../domain/order/model.ts';
import { listedLogins } from '../../domain/signing-session/login.ts';
import { leftOut } from '../../domain/signing-session/offered-methods.ts';
import { listedWays } from '../../domain/signing-session/signing-options.ts';

/** Notes for each task which of its methods cannot be used, and which settings that hangs on. */
export async function noteLeftOut(
  tx: Db,
  offer: MethodOffer,
  { requestId, at }: { readonly requestId: string; readonly at: Date },
  tasks: readonly TaskSpec[],
): Promise<void> {
  for (const task of tasks) {
    for (const name of leftOutOf(task, offer)) {
      const data = dataOf(name, offer.off.get(name));
      await addEvent(tx, { requestId, taskId: task.id, type: 'error', at, data });
    }
  }
}

function leftOutOf(task: TaskSpec, offer: MethodOffer): Set<string> {
  const signs = task.documentActions.some(({ type }) => type === 'sign');
  const listed = [...listedLogins(task.authentication, offer), ...(signs ? listedWays(task, offer) : [])];
  // some clients send an element that they did not fill
  return new Set(leftOut(listed).flatMap(({ method }) => (method === '' ? [] : [method])));
}

/** The name, a code, and the settings that are missing, if that is why. */
function dataOf(name: string, why: Problem | undefined): string {
  if (!why) return `${name} METHOD_UNKNOWN`;
  return [name, ['METHOD_OFF', settingsIn(why).join(', ')].filter(Boolean).join(': ')].join(' ');
}
