import {
  abandonDelivery,
  deliver,
  type DeliveryContext,
} from '../src/server/application/delivery/deliver.ts';
import type { Handler } from '../src/server/adapters/queue/handler.ts';

/** Calls a back end. */
export const deliverCallbackWorker = (context: DeliveryContext): Handler<'deliver-callback'> => ({
  run: ({ deliveryId }, { log }) => deliver(context, deliveryId, log),
  gaveUp: (tx, { deliveryId }) => abandonDelivery(tx, context.clock, deliveryId),
});
