import type { FlowContext } from '../src/flow/context.ts';
import { purge } from '../src/flow/deletion.ts';
import {
  deleteOldUploads,
  deleteUnusedBlobs,
  expireTasks,
  forgetCallerDecisions,
  forgetStrandedNumbers,
} from '../src/flow/expiry.ts';
import { forgetUnusedCprs } from '../src/flow/remembered-cpr.ts';
import { warnOfExpiry } from '../src/flow/provider-setup.ts';
import type { Handler } from '../src/queue/handler.ts';

/** What happens because time passes. Once a minute; what looks at everything, once an hour. */
export const sweepWorker = (context: FlowContext): Handler<'sweep'> => ({
  async run(_payload, { log }) {
    const cleared = {
      tasks: await expireTasks(context),
      numbers: await forgetStrandedNumbers(context),
      remembered: await forgetUnusedCprs(context),
      requests: await purge(context),
      decisions: await forgetCallerDecisions(context),
      uploads: await deleteOldUploads(context),
      blobs: context.clock.now().getUTCMinutes() === 0 ? await deleteUnusedBlobs(context) : 0,
    };
    await warnOfExpiry(context);
    if (Object.values(cleared).some((count) => count > 0)) log.info(cleared, 'Cleared up.');
  },
});
