import { purge } from '@segl/server/application/ordering/deletion';
import {
  deleteOldUploads,
  deleteUnusedBlobs,
  expireTasks,
  forgetCallerDecisions,
  forgetStrandedNumbers,
} from '@segl/server/application/upkeep/expiry';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { preserveDue } from '@segl/server/application/archive/preserving';
import { forgetUnusedCprs } from '@segl/server/application/signing/remembered-cpr';
import { warnOfExpiry } from '@segl/server/application/access/provider-setup';
import type { Handler } from '@segl/server/adapters/queue/handler';

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
