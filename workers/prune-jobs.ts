import { pruneJobs } from '@segl/server/application/upkeep/expiry';
import type { FlowContext } from '@segl/server/application/context';
import { EVERY_HOUR, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Rows of work that was done days ago. */
export const pruneJobsJob = (context: FlowContext): ScheduledJob => ({
  name: 'prune-jobs',
  pattern: EVERY_HOUR,
  async run() {
    await pruneJobs(context);
  },
});
