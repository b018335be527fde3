import { logProviderKeys, type KeyLogContext } from '@segl/server/application/upkeep/provider-keys';
import { EVERY_HOUR, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Keys that identity providers publish. */
export const logKeysJob = (context: KeyLogContext): ScheduledJob => ({
  name: 'log-keys',
  pattern: EVERY_HOUR,
  async run() {
    await logProviderKeys(context);
  },
});
