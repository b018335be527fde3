/** A task as its signer sees it. */
import { DRAWING, INK } from '@segl/identity/chain';
import type { AccountEid } from '@segl/identity/registry';
import { ARTIFACT } from '../../domain/signing-session/login.ts';
import { redirectUrl } from '../../domain/order/redirect.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import type { DocumentView, Step, TaskView, WayView } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { listTasks } from '../../adapters/postgres/orders/orders.ts';
import type { FlowContext } from '../context.ts';
import { askerIn } from './asker.ts';
import { rememberedBy } from './remembered.ts';
import { methodOf } from './signing-method.ts';
import {
  dueIn,
  isLoginDue,
  requireActive,
  requireWay,
  signingSession,
  waysIn,
  type SigningSession,
} from './signing-session.ts';

/** Packages that are not there by then wait for something to be mended: nobody should wait for that at a page. */
const LATE_MS = 10 * 60_000;

/** See SigningFlow.view. */
export async function viewTask(context: FlowContext, key: SessionKey): Promise<TaskView> {
  const current = await signingSession(context, key);
  const { session, order, spec, subject } = current;
  const step = await stepOf(context, current);
  const way =
    step.kind === 'sign' || step.kind === 'declare' ? requireWay(current, step.documentId) : undefined;
  const login = loginOf(current);
  const remembered = step.kind === 'send-in' ? await rememberedBy(context, current) : undefined;
  const tasks = await listTasks(context.db, order.requestId);
  const eid = await context.eid.of(order.service);
  const method = way && methodOf(eid, way);
  const signerName = [subject?.firstName, subject?.lastName].filter(Boolean).join(' ');
  return {
    requestId: order.requestId,
    taskId: spec.id,
    service: order.service,
    ...(await askerIn(context.db, order, current.task)),
    afterwards: {
      others: tasks.some(({ taskId, state }) => taskId !== spec.id && state === 'created'),
      returns: Boolean(spec.onTaskComplete),
    },
    ...(spec.dialog && { dialog: spec.dialog }),
    ...(way && { wayKind: way.kind }),
    ...(method && { methodName: method.title, methodNames: method.titles }),
    ...(way?.chain && { links: linksOf(way.chain, eid) }),
    ...(way?.dialog && { signatureDialog: way.dialog }),
    canChooseMethod: way !== undefined && waysIn(current).length > 1,
    ...(login && { login }),
    ...(signerName && { signerName }),
    documents: current.documents.map(({ action, documentId, title, document, form }): DocumentView => {
      const progress = session.progress[documentId] ?? {};
      return {
        documentId,
        title,
        mimeType: document?.contentType ?? '',
        action: action.type,
        optional: action.optional === true,
        ...(form && { hasForm: true }),
        ...(action.dialog && { dialog: action.dialog }),
        read: progress.readAt !== undefined,
        signed: progress.signedAt !== undefined && progress.identifyDue !== true,
        skipped: progress.skippedAt !== undefined,
      };
    }),
    step,
    canPostpone: Boolean(spec.onTaskPostpone),
    ...(remembered !== undefined && { rememberedBy: remembered }),
  };
}

const linksOf = (chain: readonly string[], { methods }: AccountEid): NonNullable<TaskView['links']> =>
  chain.map((link) => (link === INK ? DRAWING : methods.get(link)));

/** Where an artifact stood for the login, there was none. */
function loginOf(current: SigningSession): TaskView['login'] {
  const { session, spec } = current;
  const done = !isLoginDue(current);
  if (!spec.authentication?.methods.length || (done && session.authenticatedWith === ARTIFACT)) {
    return undefined;
  }
  const { dialog } = spec.authentication;
  return { done, ...(dialog && { dialog }) };
}

async function stepOf(context: FlowContext, current: SigningSession): Promise<Step> {
  const { session, order, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  if (task.sessionRef === session.ref && !order.deletedAt) {
    if (task.state === 'sent-in') {
      const since = context.clock.now().getTime() - (task.sentInAt?.getTime() ?? 0);
      return { kind: 'finishing', isLate: since > LATE_MS };
    }
    const ending = task.state === 'rejected' ? ('rejected' as const) : ('done' as const);
    const redirectTo = redirectUrl(ending === 'done' ? spec.onTaskComplete : spec.onTaskCancel, ids);
    const onward = redirectTo === undefined ? {} : { redirectTo };
    if (ending === 'rejected') return { kind: ending, ...onward };
    const { clientReference: reference } = order.spec;
    return {
      kind: ending,
      ...onward,
      ...(task.sentInAt && { at: task.sentInAt }),
      ...(reference && { reference }),
    };
  }
  requireActive(current, context.clock.now());
  const due = dueIn(current);
  if (due.kind === 'choose-method') {
    const eid = await context.eid.of(order.service);
    return { ...due, ways: waysIn(current).map((way) => viewWay(eid, way)) };
  }
  return due;
}

function viewWay(eid: AccountEid, way: SigningWay): WayView {
  const { id, kind, handwritten, dialog } = way;
  const method = methodOf(eid, way);
  return {
    ...{ id, kind, handwritten },
    ...(method && { typeName: method.title, typeNames: method.titles }),
    ...(dialog && { dialog }),
  };
}
