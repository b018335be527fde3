import {
  packageTask,
  notePackagingTrouble,
  type PackagingContext,
} from '@segl/server/application/packaging/package-task';
import type { Handler } from '@segl/server/adapters/queue/handler';

/** Makes the sealed packages of a task that was sent in. */
export const packageTaskWorker = (context: PackagingContext): Handler<'package-task'> => ({
  run: (payload) => packageTask(context, payload),
  gaveUp: (tx, payload) => notePackagingTrouble(tx, context.clock, payload),
});
