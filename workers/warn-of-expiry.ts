import { warnOfExpiry } from '@segl/server/application/access/expiry-warning';
import type { FlowContext } from '@segl/server/application/context';
import { EVERY_HOUR, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Certificates of service providers that end soon. */
export const warnOfExpiryJob = (context: FlowContext): ScheduledJob => ({
  name: 'warn-of-expiry',
  pattern: EVERY_HOUR,
  async run() {
    await warnOfExpiry(context);
  },
});
