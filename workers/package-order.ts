import type { PdfContext } from '../src/server/application/packaging/make-pdf.ts';
import { failPackagingTask, packageOrder } from '../src/server/application/packaging/package-order.ts';
import type { Handler } from '../src/server/adapters/queue/handler.ts';

/** Carries out a packaging task of an order. */
export const packageOrderWorker = (context: PdfContext): Handler<'package-order'> => ({
  run: (payload) => packageOrder(context, payload),
  gaveUp: (tx, payload) => failPackagingTask(tx, context, payload),
});
