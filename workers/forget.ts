import {
  deleteOldUploads,
  forgetCallerDecisions,
  forgetStrandedNumbers,
} from '../src/server/application/upkeep/expiry.ts';
import type { FlowContext } from '../src/server/application/context.ts';
import { forgetUnusedCprs } from '../src/server/application/signing/remembered-cpr.ts';
import { EVERY_MINUTE, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

/** What may not be kept any longer: numbers of persons, decisions about callers, uploads. */
export const forgetJob = (context: FlowContext): ScheduledJob => ({
  name: 'forget',
  pattern: EVERY_MINUTE,
  async run(log) {
    const forgotten = {
      numbers: await forgetStrandedNumbers(context),
      remembered: await forgetUnusedCprs(context),
      decisions: await forgetCallerDecisions(context),
      uploads: await deleteOldUploads(context),
    };
    if (Object.values(forgotten).some((count) => count > 0)) log.info(forgotten, 'Cleared up.');
  },
});
