import { purge } from '@segl/server/application/ordering/deletion';
import type { FlowContext } from '@segl/server/application/context';
import { EVERY_MINUTE, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Requests that are past the days until their deletion. */
export const purgeJob = (context: FlowContext): ScheduledJob => ({
  name: 'purge',
  pattern: EVERY_MINUTE,
  async run(log) {
    const requests = await purge(context);
    if (requests > 0) log.info({ requests }, 'Requests were deleted.');
  },
});
