/** When a session is over: methods that were started in it and did not end are told, so that nothing stays open at a provider. */
import type { BegunStep } from '../../adapters/postgres/sessions/kept-evidence.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { chosenWay } from '../../domain/signing-session/signing-options.ts';
import type { FlowContext } from '../context.ts';
import { openStep } from './method-step.ts';
import { signingSession, waysIn, type SigningSession } from './signing-session.ts';

/** Ends the session with `end`, then tells the methods. What they cannot do then is nobody's loss. */
export async function endingSession<T>(
  context: FlowContext,
  key: SessionKey,
  how: 'submitted' | 'left',
  end: () => Promise<T>,
): Promise<T> {
  const current = await signingSession(context, key);
  const ended = await end();
  for (const [documentId, begun] of stillOpen(current)) {
    try {
      await finish(context, current, documentId, begun, how);
    } catch (error) {
      context.log.warn(
        { err: error, method: begun.method },
        'A method could not be told that the visit is over.',
      );
    }
  }
  return ended;
}

function stillOpen({
  session,
}: SigningSession): (readonly [documentId: string | undefined, begun: BegunStep])[] {
  const { expectedLogin, authenticatedWith, progress } = session;
  const steps = Object.entries(progress).flatMap(([documentId, { begun, signedAt, identifyDue }]) =>
    begun && (signedAt === undefined || identifyDue === true) ? [[documentId, begun] as const] : [],
  );
  return expectedLogin && authenticatedWith === null ? [[undefined, expectedLogin], ...steps] : steps;
}

async function finish(
  context: FlowContext,
  current: SigningSession,
  documentId: string | undefined,
  begun: BegunStep,
  how: 'submitted' | 'left',
): Promise<void> {
  const { methods, logins } = await context.eid.of(current.order.service);
  const way =
    documentId === undefined
      ? undefined
      : chosenWay(waysIn(current), current.session.progress[documentId]?.way);
  // a name that is not on offer any more has nobody to tell
  const method = (way?.kind === 'eid' ? methods : logins).find(begun.method);
  if (!method) return;
  await method.method.finish?.(openStep(context, current, documentId, method, begun), how);
}
