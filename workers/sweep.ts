import type { FlowContext } from '../src/flow/context.ts';
import { expireTasks, sweepDocuments } from '../src/flow/expiry.ts';
import type { Handler } from '../src/queue/handler.ts';

/** What happens because time passes. */
export const sweepWorker = (context: FlowContext): Handler<'sweep'> => ({
  async run(_payload, { log }) {
    const expired = await expireTasks(context);
    const swept = await sweepDocuments(context);
    if (expired + swept.documents + swept.blobs > 0) log.info({ expired, ...swept }, 'Cleared up.');
  },
});
