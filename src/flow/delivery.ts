/** Delivers callbacks that are due. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { deliverCallback } from '../notify/callback.ts';
import type { Outbound } from '../notify/outbound.ts';
import { GiveUp, RetryLater } from '../queue/handler.ts';
import type { Db } from '../store/database.ts';
import { findDelivery, giveUpDelivery, noteAttempt } from '../store/deliveries.ts';
import { addEvent } from '../store/orders.ts';
import type { FlowContext } from './context.ts';

export interface DeliveryContext extends FlowContext {
  readonly callbacks: Outbound;
}

/** One try. Throws RetryLater or GiveUp when the receiver did not take it. A delivered one is left alone. */
export async function deliver(context: DeliveryContext, id: string, log: Logger): Promise<void> {
  const { db, clock, callbacks } = context;
  const delivery = await findDelivery(db, id);
  if (!delivery || delivery.deliveredAt !== null) return;
  const { requestId, taskId, recipient } = delivery;
  const outcome = await deliverCallback(
    callbacks,
    { deliveryId: id, recipient, requestId, ...(taskId !== null && { taskId }) },
    clock.now(),
  );
  if (outcome.kind === 'delivered') {
    await db.transaction(async (tx) => {
      const at = clock.now();
      if (!(await noteAttempt(tx, id, { deliveredAt: at }))) return;
      await addEvent(tx, {
        requestId,
        ...(taskId !== null && { taskId }),
        type: 'notification-sent',
        at,
        data: delivery.notificationId,
      });
    });
    log.info({ requestId, delivery: id, status: outcome.status }, 'A callback was delivered.');
    return;
  }
  await noteAttempt(db, id, { error: outcome.why });
  if (outcome.kind === 'stop') throw new GiveUp(outcome.why);
  throw new RetryLater(outcome.why, outcome.waitMs);
}

/** After the last try: the history says that the receiver was never reached. */
export async function abandonCallback(tx: Db, clock: Clock, id: string): Promise<void> {
  const delivery = await findDelivery(tx, id);
  if (!delivery) return;
  await giveUpDelivery(tx, id, clock.now());
  await addEvent(tx, {
    requestId: delivery.requestId,
    ...(delivery.taskId !== null && { taskId: delivery.taskId }),
    type: 'error',
    at: clock.now(),
    data: `notification ${delivery.notificationId} could not be delivered`,
  });
}
