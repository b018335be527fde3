import { preserveDue } from '@segl/server/application/archive/preserving';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { EVERY_MINUTE, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Time of one run; the rest waits for the next. */
const RUN_MS = 20_000;

/** Archived evidence whose proof is to be renewed. */
export const preserveJob = (context: PdfContext): ScheduledJob => ({
  name: 'preserve',
  pattern: EVERY_MINUTE,
  async run(log) {
    const preserved = await preserveDue(context, { forMs: RUN_MS });
    if (preserved.renewed + preserved.failed > 0) log.info(preserved, 'Preserved archived evidence.');
  },
});
