/** GET /std/task/{ref}: the page of the step that is due. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { shownText, textOf } from '@segl/identity/shown-text';
import { isSeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import type { DocumentView, SignerPage, StartedMethod, TaskView } from '../../application/signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { askerData } from './asker.ts';
import { isPdf, isText, readAll } from './document.ts';
import { formData, type TypedForm } from './form-page.ts';
import { methodPage } from './method-page.ts';
import { scriptJson } from './page.ts';
import { clientInfo, pageOrigin } from './page-origin.ts';
import type { Portal } from './portal.ts';
import { formToken, sessionKey, taskList } from './session-cookie.ts';
import { largestSigned } from '../../domain/order/size-limits.ts';
import { isFollowable, schemeOf } from '../../domain/order/redirect.ts';
import { momentText } from '../../domain/order/moment-text.ts';
import { writeTaskLink } from '../../domain/order/task-link.ts';
import { pageLanguage, type Language } from './texts.ts';

interface PageContext {
  readonly portal: Portal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly key: SessionKey;
  readonly view: TaskView;
  readonly language: Language;
  readonly notice?: string;
}

/** How far a document has come, by the text keys `state.*`. */
function documentState(document: DocumentView, current: string | undefined): string {
  if (document.skipped) return 'skipped';
  if (document.signed) return 'signed';
  if (document.documentId === current) return 'current';
  if (document.read && document.action === 'upload') return 'uploaded';
  if (document.read && document.action !== 'sign') return 'read';
  return 'waiting';
}

/** False for one that the signer has yet to upload. */
const isThere = ({ mimeType }: DocumentView): boolean => mimeType !== '';

function documentUrl(key: SessionKey, documentId: string): string {
  return `/std/task/${key.ref}/document/${encodeURIComponent(documentId)}`;
}

const isCurrent = ({ step }: TaskView, { documentId }: DocumentView): boolean =>
  'documentId' in step && step.documentId === documentId;

/**
 * The step the signer is at, among all: logging in, uploading or filling in, reading and signing each document, and
 * sending in.
 */
function progress(view: TaskView): { at: number; of: number } {
  let of = view.login ? 2 : 1;
  let done = view.login?.done ? 1 : 0;
  for (const document of view.documents) {
    const { action, read, signed, skipped } = document;
    of += action === 'view' ? 1 : 2;
    if (read || skipped) done += 1;
    if (action === 'sign' && (signed || skipped)) done += 1;
    if (action === 'upload' && (isThere(document) || skipped)) done += 1;
    if (document.hasForm === true) {
      of += 1;
      const isDue = view.step.kind === 'form' && view.step.documentId === document.documentId;
      const isAhead = !read && !skipped && !isCurrent(view, document);
      if (!isDue && !isAhead) done += 1;
    }
  }
  return { at: Math.min(done + 1, of), of };
}

/** What every page of a session shows beside its step: progress, the documents, and the ways to leave. */
function frame(context: PageContext, current?: DocumentView): Record<string, unknown> {
  const { portal, request, key, view, language } = context;
  const list = taskList(request);
  const limit = largestSigned(portal.config.maxDocumentBytes);
  // before the login there is nothing to open
  const isShown = view.login?.done !== false;
  const open = !['finishing', 'done', 'rejected'].includes(view.step.kind);
  return {
    action: `/std/task/${key.ref}`,
    ...askerData(portal, view, language),
    ...(!open && { deadline: undefined }),
    afterwards: view.afterwards,
    token: formToken(key),
    task: view.dialog,
    signerName: view.signerName,
    login: view.login,
    open,
    progress: progress(view),
    canPostpone: view.canPostpone,
    canChooseMethod: view.canChooseMethod === true,
    wayKind: view.wayKind,
    methodName: view.methodNames?.[language] ?? view.methodName,
    links: view.links?.map(({ title, titles }) => titles[language] ?? title),
    link: 'link' in view.step ? view.step.link : undefined,
    list,
    startLink: list ?? writeTaskLink(view),
    limit: sizeText(limit, language),
    limitBytes: limit,
    document: current,
    documentUrl: current && documentUrl(key, current.documentId),
    number: current ? view.documents.indexOf(current) + 1 : undefined,
    documents: view.documents.map((document) => ({
      title: document.title,
      action: document.action,
      todo: document.hasForm === true ? 'form' : document.action,
      optional: document.optional,
      url: isThere(document) && isShown ? documentUrl(key, document.documentId) : undefined,
      state: documentState(document, current?.documentId),
    })),
  };
}

/** "100 MB" as the language writes it. */
const sizeText = (bytes: number, language: Language): string => {
  const [unit, size] = bytes < 1 << 20 ? ['kilobyte', bytes / 1024] : ['megabyte', bytes / (1 << 20)];
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(size);
};

/** An address that says where it leads: of the web, or to an app that the account may send signers to. */
const onward = (url: string | undefined): string | undefined =>
  url !== undefined && schemeOf(url) !== undefined && isFollowable(url) ? url : undefined;

/** Text keys that a URL may ask for as a notice; any other value shows nothing. */
function readNotice(request: FastifyRequest, portal: Portal): string | undefined {
  const { notice } = request.query as { notice?: unknown };
  const known = typeof notice === 'string' && portal.pages.texts.isNotice(notice);
  return known ? notice : undefined;
}

/** `typed`: a form that was sent and not taken; its page shows what is wrong with it. */
export async function showTask(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
  typed?: TypedForm,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  const view = await portal.flow.view(key);
  const notice = readNotice(request, portal);
  const context: PageContext = {
    portal,
    request,
    reply,
    key,
    view,
    language: pageLanguage(view.language, request.headers['accept-language']),
    ...(notice === undefined ? {} : { notice }),
  };
  const { step } = view;
  switch (step.kind) {
    case 'authenticate':
      return showLogin(context);
    case 'upload':
      return show(context, 'upload', documentOf(view, step.documentId));
    case 'form':
      return showForm(context, documentOf(view, step.documentId), typed);
    case 'read':
      return showRead(context, documentOf(view, step.documentId));
    case 'choose-method':
      return show(context, 'choose-method', documentOf(view, step.documentId), {
        ways: step.ways.map((way) => ({
          ...way,
          typeName: way.typeNames?.[context.language] ?? way.typeName,
        })),
      });
    case 'declare':
      return showDeclare(context, documentOf(view, step.documentId), step.together);
    case 'sign':
      return showSign(context, documentOf(view, step.documentId), step.together);
    case 'identify':
      return showIdentify(context, documentOf(view, step.documentId));
    case 'send-in':
      return showSendIn(context);
    case 'finishing':
      return show(context, 'finishing', undefined, { isLate: step.isLate });
    case 'done':
    case 'rejected':
      return show(context, step.kind, undefined, {
        ...(step.kind === 'done' && {
          at: step.at && momentText(step.at, context.language),
          reference: step.reference,
        }),
        redirectTo: taskList(request) ?? onward(step.redirectTo),
      });
  }
}

function documentOf(view: TaskView, documentId: string): DocumentView {
  const document = view.documents.find((candidate) => candidate.documentId === documentId);
  if (!document) throw generalProblems.error('NOT_FOUND');
  return document;
}

function show(
  context: PageContext,
  name:
    'upload' | 'form' | 'read' | 'choose-method' | 'declare' | 'send-in' | 'finishing' | 'done' | 'rejected',
  document?: DocumentView,
  data: Record<string, unknown> = {},
  status = 200,
): FastifyReply {
  const { portal, reply, language, notice } = context;
  return portal.pages.send(reply, {
    name,
    language,
    status,
    ...(notice === undefined ? {} : { notice }),
    data: { ...frame(context, document), ...data },
  });
}

async function showForm(
  context: PageContext,
  document: DocumentView,
  typed: TypedForm | undefined,
): Promise<FastifyReply> {
  const { portal, key, language } = context;
  const form = typed ?? (await portal.flow.form(key, document.documentId));
  const data = formData(form, portal.pages.texts.translator(language));
  return show(context, 'form', document, data, typed ? 422 : 200);
}

/** A PDF is rendered by the page's script; text is put into the page, where it needs none. */
async function showRead(context: PageContext, document: DocumentView): Promise<FastifyReply> {
  if (isPdf(document.mimeType)) return show(context, 'read', document, { kind: 'pdf' });
  if (!isText(document.mimeType)) return show(context, 'read', document, { kind: 'other' });
  const { portal, key, request } = context;
  const content = await portal.flow.document(key, document.documentId, clientInfo(request));
  const text = readText(document, content.contentType, await readAll(content.open()));
  if (text === undefined) return show(context, 'read', document, { kind: 'other' });
  const shown = shownText(text);
  return show(context, 'read', document, { kind: 'text', text: shown, hasUnseen: shown !== text });
}

/** Undefined when the bytes are not text in their charset. */
function readText({ documentId }: DocumentView, contentType: string, bytes: Uint8Array): string | undefined {
  try {
    return textOf(documentId, contentType, bytes);
  } catch (error) {
    if (isSeglError(error, 'SIGN_TEXT_UNREADABLE')) return undefined;
    throw error;
  }
}

const signerPage = ({ portal, request, language }: PageContext): SignerPage => ({
  origin: pageOrigin(request, portal.config),
  language,
  client: clientInfo(request),
});

/** `result`: the action that takes what the page brings back. */
function showMethod(
  context: PageContext,
  {
    name,
    result,
    started,
  }: { name: 'authenticate' | 'sign' | 'identify'; result: string; started: StartedMethod },
  document?: DocumentView,
  more: Record<string, unknown> = {},
): FastifyReply {
  const { portal, reply, view, language, notice } = context;
  const { frameOrigin, data } = methodPage(started);
  return portal.pages.send(reply, {
    name,
    language,
    ...(notice === undefined ? {} : { notice }),
    ...(frameOrigin !== undefined && { frameOrigin }),
    data: {
      ...frame(context, document),
      ...more,
      ...{ result, ...data },
      dialog: name === 'authenticate' ? view.login?.dialog : view.signatureDialog,
    },
  });
}

/** Whoever was identified may register for the next time, before the visit ends. */
async function showSendIn(context: PageContext): Promise<FastifyReply> {
  const { portal, key, view } = context;
  const { rememberedBy } = view;
  const offered = await portal.flow.startEnrolling(key, signerPage(context));
  const script = offered?.show.as === 'script' ? offered.show : undefined;
  return show(context, 'send-in', undefined, {
    rememberedBy,
    ...(script && {
      enrolment: { module: offered!.module, show: script, options: scriptJson(script.options) },
      ...{ method: offered!.title, module: offered!.module },
    }),
  });
}

async function showLogin(context: PageContext): Promise<FastifyReply> {
  const { portal, key } = context;
  const started = await portal.flow.startLogin(key, signerPage(context));
  return showMethod(context, { name: 'authenticate', result: 'login', started });
}

/** What one act is about, as its page lists it. */
const inAct = ({ key, view }: PageContext, together: readonly string[]) =>
  together.map((id) => ({ title: documentOf(view, id).title, url: documentUrl(key, id) }));

async function showDeclare(
  context: PageContext,
  document: DocumentView,
  together: readonly string[] = [document.documentId],
): Promise<FastifyReply> {
  const { portal, key, view, language } = context;
  const started = await portal.flow.startDeclaring(key, document.documentId, language);
  return show(context, 'declare', document, {
    ...started,
    dialog: view.signatureDialog,
    signed: inAct(context, together),
  });
}

async function showSign(
  context: PageContext,
  document: DocumentView,
  together: readonly string[] = [document.documentId],
): Promise<FastifyReply> {
  const { portal, key } = context;
  const started = await portal.flow.startSigning(key, document.documentId, signerPage(context));
  return showMethod(context, { name: 'sign', result: 'signature', started }, document, {
    signed: inAct(context, together),
  });
}

async function showIdentify(context: PageContext, document: DocumentView): Promise<FastifyReply> {
  const { portal, key } = context;
  const started = await portal.flow.showIdentifying(key, document.documentId, signerPage(context));
  return showMethod(context, { name: 'identify', result: 'identify', started }, document);
}
