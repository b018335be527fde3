import { deleteUnusedBlobs } from '../src/server/application/upkeep/expiry.ts';
import type { FlowContext } from '../src/server/application/context.ts';
import { EVERY_HOUR, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

/** Bytes that no row refers to any more. Looks at every one of them. */
export const blobsJob = (context: FlowContext): ScheduledJob => ({
  name: 'blobs',
  pattern: EVERY_HOUR,
  async run(log) {
    const blobs = await deleteUnusedBlobs(context);
    if (blobs > 0) log.info({ blobs }, 'Unused blobs were deleted.');
  },
});
