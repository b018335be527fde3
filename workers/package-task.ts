import {
  packageTask,
  notePackagingTrouble,
  type PackagingContext,
} from '../src/server/application/packaging/package-task.ts';
import type { Handler } from '../src/server/adapters/queue/handler.ts';

/** Makes the sealed packages of a task that was sent in. */
export const packageTaskWorker = (context: PackagingContext): Handler<'package-task'> => ({
  run: (payload) => packageTask(context, payload),
  gaveUp: (tx, payload) => notePackagingTrouble(tx, context.clock, payload),
});
