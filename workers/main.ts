/** All background work: what does each kind of it, and what runs by the clock. */
import type { Application } from '@segl/server/composition/application';
import { openBackground, type Background } from '@segl/server/composition/background';
import { blobsJob } from './blobs.ts';
import { deliverCallbackWorker } from './deliver-callback.ts';
import { expireJob } from './expire.ts';
import { forgetJob } from './forget.ts';
import { logKeysJob } from './log-keys.ts';
import { packageOrderWorker } from './package-order.ts';
import { packageTaskWorker } from './package-task.ts';
import { preserveJob } from './preserve.ts';
import { pruneJobsJob } from './prune-jobs.ts';
import { purgeJob } from './purge.ts';
import { sendMessageWorker } from './send-message.ts';
import { warnOfExpiryJob } from './warn-of-expiry.ts';

export const startBackground = (application: Application): Promise<Background> => {
  const { context, packaging, delivery } = application;
  return openBackground(application, {
    handlers: {
      'package-task': packageTaskWorker(packaging),
      'package-order': packageOrderWorker(packaging),
      'deliver-callback': deliverCallbackWorker(delivery),
      'send-mail': sendMessageWorker(delivery),
      'send-sms': sendMessageWorker(delivery),
    },
    jobs: [
      expireJob(context),
      purgeJob(context),
      forgetJob(context),
      preserveJob(packaging),
      blobsJob(context),
      warnOfExpiryJob(context),
      logKeysJob(packaging),
      pruneJobsJob(context),
    ],
  });
};
