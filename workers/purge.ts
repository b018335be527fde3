import { purge } from '../src/server/application/ordering/deletion.ts';
import type { FlowContext } from '../src/server/application/context.ts';
import { EVERY_MINUTE, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

/** Requests that are past the days until their deletion. */
export const purgeJob = (context: FlowContext): ScheduledJob => ({
  name: 'purge',
  pattern: EVERY_MINUTE,
  async run(log) {
    const requests = await purge(context);
    if (requests > 0) log.info({ requests }, 'Requests were deleted.');
  },
});
