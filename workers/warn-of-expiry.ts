import { warnOfExpiry } from '../src/server/application/access/provider-setup.ts';
import type { FlowContext } from '../src/server/application/context.ts';
import { EVERY_HOUR, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

/** Certificates of service providers that end soon. */
export const warnOfExpiryJob = (context: FlowContext): ScheduledJob => ({
  name: 'warn-of-expiry',
  pattern: EVERY_HOUR,
  async run() {
    await warnOfExpiry(context);
  },
});
