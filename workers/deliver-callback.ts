import { abandonDelivery, deliver, type DeliveryContext } from '@segl/server/application/delivery/deliver';
import type { Handler } from '@segl/server/adapters/queue/handler';

/** Calls a back end. */
export const deliverCallbackWorker = (context: DeliveryContext): Handler<'deliver-callback'> => ({
  run: ({ deliveryId }, { log }) => deliver(context, deliveryId, log),
  gaveUp: (tx, { deliveryId }) => abandonDelivery(tx, context.clock, deliveryId),
});
