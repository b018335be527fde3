import { abandonDelivery, deliver, type DeliveryContext } from '@segl/server/application/delivery/deliver';
import type { Handler } from '@segl/server/adapters/queue/handler';

/** Sends a mail or a text message; each has its queue, so that neither waits for the other. */
export const sendMessageWorker = (context: DeliveryContext): Handler<'send-mail' | 'send-sms'> => ({
  run: ({ deliveryId }, { log }) => deliver(context, deliveryId, log),
  gaveUp: (tx, { deliveryId }) => abandonDelivery(tx, context.clock, deliveryId),
});
