/** Who asks: what pages show of the sender, in a visit or outside of one. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import type { Asker } from '../../application/signing-api.ts';
import type { Portal } from './portal.ts';
import { momentText } from '../../domain/order/moment-text.ts';
import { readTaskLink } from './task-link.ts';
import type { Language } from './texts.ts';

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
  if (taskIds.length === 0) return flow.asker({ requestId });
  for (const taskId of taskIds) {
    const asker = await flow.asker({ requestId, taskId });
    if (asker) return asker;
  }
  return undefined;
}

/** What every page shows of them. */
export function askerData(
  { pages }: Portal,
  asker: Asker | undefined,
  language: Language,
): Record<string, unknown> {
  if (!asker) return {};
  const { profile, sender, deadline } = asker;
  return {
    profile: pages.profiles.of(profile),
    sender: { ...sender, logo: sender.logo && `/std/logos/${sender.logo}` },
    deadline: deadline && momentText(deadline, language),
  };
}

/** GET /std/logos/{sha256}: the picture that a page shows, from here and nowhere else. */
export async function sendLogo(
  { flow }: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { sha256 = '' } = request.params as { sha256?: string };
  const logo = await flow.logo(sha256);
  if (!logo) throw generalProblems.error('NOT_FOUND');
  return reply
    .headers({
      'content-type': logo.mediaType,
      'content-security-policy': "default-src 'none'",
      // its address changes with it
      'cache-control': 'public, max-age=86400, immutable',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .send(logo.bytes);
}
