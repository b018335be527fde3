import { expireTasks } from '@segl/server/application/upkeep/expiry';
import type { FlowContext } from '@segl/server/application/context';
import { EVERY_MINUTE, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** Tasks whose time is over. */
export const expireJob = (context: FlowContext): ScheduledJob => ({
  name: 'expire',
  pattern: EVERY_MINUTE,
  async run(log) {
    const tasks = await expireTasks(context);
    if (tasks > 0) log.info({ tasks }, 'Tasks expired.');
  },
});
