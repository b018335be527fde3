import { failPackagingTask, packageOrder, type OrderPackagingContext } from '../src/flow/package-order.ts';
import type { Handler } from '../src/queue/handler.ts';

/** Carries out a packaging task of an order. */
export const packageOrderWorker = (context: OrderPackagingContext): Handler<'package-order'> => ({
  run: (payload) => packageOrder(context, payload),
  gaveUp: (tx, payload) => failPackagingTask(tx, context, payload),
});
