import { expireTasks } from '../src/server/application/upkeep/expiry.ts';
import type { FlowContext } from '../src/server/application/context.ts';
import { EVERY_MINUTE, type ScheduledJob } from '../src/server/adapters/queue/scheduler.ts';

/** Tasks whose time is over. */
export const expireJob = (context: FlowContext): ScheduledJob => ({
  name: 'expire',
  pattern: EVERY_MINUTE,
  async run(log) {
    const tasks = await expireTasks(context);
    if (tasks > 0) log.info({ tasks }, 'Tasks expired.');
  },
});
