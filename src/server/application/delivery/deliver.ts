/** Delivers notifications that are due. */
import type { Clock } from '@segl/problem/clock';
import type { Logger } from '../../adapters/telemetry/log.ts';
import { deliverCallback } from '../../adapters/outbound/callback.ts';
import type { Mailer } from '../../adapters/outbound/mail.ts';
import type { Outbound } from '../../adapters/outbound/outbound.ts';
import type { DeliveryOutcome } from '../../adapters/outbound/outcome.ts';
import type { SmsGateway } from '../../adapters/outbound/sms.ts';
import { GiveUp, RetryLater } from '../../adapters/queue/handler.ts';
import { serverProblems } from '../../problems.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  findDelivery,
  giveUpDelivery,
  lapseDelivery,
  noteAttempt,
  type DeliveryRow,
} from '../../adapters/postgres/work/deliveries.ts';
import { addEvent } from '../../adapters/postgres/orders/orders.ts';
import type { FlowContext } from '../context.ts';
import { stillIs } from '../lifecycle/notify.ts';
import { composeMail, composeSms } from './compose.ts';
import { LOGO_ID } from './mail-html.ts';

/** The ways out of the service. */
export interface DeliveryContext extends FlowContext {
  readonly callbacks: Outbound;
  /** Undefined: not configured, and orders that need it are refused. */
  readonly mailer: Mailer | undefined;
  readonly smsGateway: SmsGateway | undefined;
}

/**
 * One try. Throws RetryLater or GiveUp when the receiver did not take it. Left alone: what was delivered or switched
 * off, and what had to wait and is not so any more (a reminder for a task that is completed).
 */
export async function deliver(context: DeliveryContext, id: string, log: Logger): Promise<void> {
  const { db, clock } = context;
  const delivery = await findDelivery(db, id);
  if (!delivery || delivery.deliveredAt || delivery.disabledAt || delivery.lapsedAt) return;
  const { requestId, taskId, state, dueAt, type } = delivery;
  if (dueAt !== null && state !== null && !(await stillIs(db, clock, delivery, state))) {
    await lapseDelivery(db, id, clock.now());
    log.info({ requestId, delivery: id, state }, 'A notification came to nothing: the state is another now.');
    return;
  }
  const outcome = await hand(context, delivery);
  if (outcome.kind === 'delivered') {
    await db.transaction(async (tx) => {
      const at = clock.now();
      if (!(await noteAttempt(tx, id, { deliveredAt: at }))) return;
      await addEvent(tx, { requestId, taskId, type: 'notification-sent', at, data: delivery.notificationId });
    });
    log.info({ requestId, delivery: id, type, status: outcome.status }, 'A notification was delivered.');
    return;
  }
  await noteAttempt(db, id, { error: outcome.why });
  if (outcome.kind === 'stop') throw new GiveUp(outcome.why);
  throw new RetryLater(outcome.why, outcome.waitMs);
}

/** After the last try: the history says that the receiver was never reached. */
export async function abandonDelivery(tx: Db, clock: Clock, id: string): Promise<void> {
  const delivery = await findDelivery(tx, id);
  if (!delivery) return;
  const { requestId, taskId, notificationId } = delivery;
  await giveUpDelivery(tx, id, clock.now());
  await addEvent(tx, {
    ...{ requestId, taskId, type: 'error', at: clock.now() },
    data: `notification ${notificationId} could not be delivered`,
  });
}

async function hand(context: DeliveryContext, delivery: DeliveryRow): Promise<DeliveryOutcome> {
  const { callbacks, mailer, smsGateway, clock } = context;
  const { id: deliveryId, recipient, requestId, taskId } = delivery;
  const sender = delivery.sender ? { sender: delivery.sender } : {};
  switch (delivery.type) {
    case 'URL': {
      const task = taskId === null ? {} : { taskId };
      return deliverCallback(callbacks, { deliveryId, recipient, requestId, ...task }, clock.now());
    }
    case 'EMAIL': {
      if (!mailer) return unset('SMTP_URL');
      const { logo, ...mail } = await composeMail(context, delivery);
      const pictures = logo ? [{ id: LOGO_ID, mediaType: logo.mediaType, bytes: logo.bytes }] : [];
      return mailer.send({ deliveryId, recipient, ...mail, ...sender, pictures, at: clock.now() });
    }
    case 'SMS': {
      if (!smsGateway) return unset('SMS_GATEWAY_URL');
      const text = await composeSms(context, delivery);
      return smsGateway.send({ deliveryId, recipient, ...sender, text }, clock.now());
    }
  }
}

const unset = (setting: string): DeliveryOutcome => ({
  kind: 'retry',
  why: serverProblems.of('delivery/not-set', { setting }),
  waitMs: 0,
});
