import {
  deleteOldUploads,
  forgetCallerDecisions,
  forgetStrandedNumbers,
} from '@segl/server/application/upkeep/expiry';
import type { FlowContext } from '@segl/server/application/context';
import { forgetLogins } from '@segl/server/application/login/login-flow';
import { forgetExpired } from '@segl/server/application/access/method-memory';
import { forgetEndedRegistrations } from '@segl/server/application/access/registrations';
import { EVERY_MINUTE, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';

/** What may not be kept any longer: numbers of persons, decisions about callers, uploads. */
export const forgetJob = (context: FlowContext): ScheduledJob => ({
  name: 'forget',
  pattern: EVERY_MINUTE,
  async run(log) {
    const forgotten = {
      numbers: await forgetStrandedNumbers(context),
      remembered: await forgetExpired(context),
      registrations: await forgetEndedRegistrations(context),
      decisions: await forgetCallerDecisions(context),
      uploads: await deleteOldUploads(context),
      logins: await forgetLogins(context),
    };
    if (Object.values(forgotten).some((count) => count > 0)) log.info(forgotten, 'Cleared up.');
  },
});
