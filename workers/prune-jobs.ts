import { pruneJobs } from '../src/server/application/upkeep/expiry.ts';
import type { FlowContext } from '../src/server/application/context.ts';
import { EVERY_HOUR, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

/** Rows of work that was done days ago. */
export const pruneJobsJob = (context: FlowContext): ScheduledJob => ({
  name: 'prune-jobs',
  pattern: EVERY_HOUR,
  async run() {
    await pruneJobs(context);
  },
});
