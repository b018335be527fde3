import type { PdfContext } from '../src/flow/make-pdf.ts';
import { failPackagingTask, packageOrder } from '../src/flow/package-order.ts';
import type { Handler } from '../src/queue/handler.ts';

/** Carries out a packaging task of an order. */
export const packageOrderWorker = (context: PdfContext): Handler<'package-order'> => ({
  run: (payload) => packageOrder(context, payload),
  gaveUp: (tx, payload) => failPackagingTask(tx, context, payload),
});
