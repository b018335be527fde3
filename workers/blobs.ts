import { deleteUnusedBlobs } from '@segl/server/application/upkeep/expiry';
import type { FlowContext } from '@segl/server/application/context';
import { EVERY_HOUR, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Bytes that no row refers to any more. Looks at every one of them. */
export const blobsJob = (context: FlowContext): ScheduledJob => ({
  name: 'blobs',
  pattern: EVERY_HOUR,
  async run(log) {
    const blobs = await deleteUnusedBlobs(context);
    if (blobs > 0) log.info({ blobs }, 'Unused blobs were deleted.');
  },
});
