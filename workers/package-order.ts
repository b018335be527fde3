import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { failPackagingTask, packageOrder } from '@segl/server/application/packaging/package-order';
import type { Handler } from '@segl/server/adapters/queue/handler';

/** Carries out a packaging task of an order. */
export const packageOrderWorker = (context: PdfContext): Handler<'package-order'> => ({
  run: (payload) => packageOrder(context, payload),
  gaveUp: (tx, payload) => failPackagingTask(tx, context, payload),
});
