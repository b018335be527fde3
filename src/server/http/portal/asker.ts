/** Who asks, on pages that are shown without a visit, or outside of one. */
import type { Asker } from '../../application/signing-api.ts';
import type { Portal } from './portal.ts';
import { readTaskLink } from './task-link.ts';

/**
 * Of the task or the session that `address` (path and query) names. Undefined: it names none that is known, or it cannot
 * be looked up now; such a page must not fail for that.
 */
export async function askerFor(portal: Portal, address: string): Promise<Asker | undefined> {
  try {
    return await askerAt(portal, address);
  } catch (error) {
    portal.log.warn({ err: error }, 'who asks could not be looked up');
    return undefined;
  }
}

async function askerAt({ flow, sessions }: Portal, address: string): Promise<Asker | undefined> {
  const [, kind, ref = ''] = /^\/std\/(task|session)\/(\w+)/.exec(address) ?? [];
  if (kind === 'task') return flow.asker({ ref });
  if (kind === 'session') return sessions.asker({ ref });
  const { requestId, taskIds, userSessionId } = readTaskLink(address);
  if (userSessionId !== undefined) return sessions.asker({ userSessionId });
  if (requestId === '') return undefined;
  const [taskId] = taskIds;
  return flow.asker({ requestId, ...(taskId !== undefined && { taskId }) });
}

/** What such a page shows of them. */
export const outsideVisit = ({ pages }: Portal, asker: Asker | undefined): Record<string, unknown> => ({
  profile: pages.profiles.of(asker?.profile),
});
