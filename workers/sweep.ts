import { purge } from '../src/server/application/ordering/deletion.ts';
import {
  deleteOldUploads,
  deleteUnusedBlobs,
  expireTasks,
  forgetCallerDecisions,
  forgetStrandedNumbers,
} from '../src/server/application/upkeep/expiry.ts';
import type { PdfContext } from '../src/server/application/packaging/make-pdf.ts';
import { preserveDue } from '../src/server/application/archive/preserving.ts';
import { forgetUnusedCprs } from '../src/server/application/signing/remembered-cpr.ts';
import { warnOfExpiry } from '../src/server/application/access/provider-setup.ts';
import type { Handler } from '../src/server/adapters/queue/handler.ts';

/** Time of one sweep for the preservation of evidence; the rest waits for the next. */
const PRESERVE_MS = 20_000;

/** What happens because time passes. Once a minute; what looks at everything, once an hour. */
export const sweepWorker = (context: PdfContext): Handler<'sweep'> => ({
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
    const preserved = await preserveDue(context, { forMs: PRESERVE_MS });
    if (preserved.renewed + preserved.failed > 0) log.info(preserved, 'Preserved archived evidence.');
    if (Object.values(cleared).some((count) => count > 0)) log.info(cleared, 'Cleared up.');
  },
});
