import { preserveDue } from '../src/server/application/archive/preserving.ts';
import type { PdfContext } from '../src/server/application/packaging/make-pdf.ts';
import { EVERY_MINUTE, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

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
