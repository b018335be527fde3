/** A signing flow in memory, for tests of the portal: behaves like the real one, and fails where a test says so. */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { nemidProblems } from '@segl/identity/methods/nemid/problems';
import type { Show } from '@segl/identity/method';
import { identityProblems } from '@segl/identity/problems';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '@segl/server/problems';
import {
  judgeValues,
  mergeValues,
  startValues,
  type FieldProblem,
  type FormField,
  type FormValues,
} from '@segl/server/domain/order/form-fields';
import { CPR_FIELDS } from '@segl/identity/methods/nemid/cpr/national-id';
import type {
  Asker,
  DocumentView,
  FormView,
  SenderView,
  SentIn,
  SignatureOutcome,
  SigningFlow,
  SignerPage,
  StartedMethod,
  Step,
  TaskPlace,
  TaskView,
  WayView,
} from '@segl/server/application/signing-api';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import type { SigningWay } from '@segl/server/domain/signing-session/signing-options';
import { orderProblems } from '@segl/server/domain/order/problems';
import {
  dueStep,
  wayOf,
  type DocumentProgress,
  type StepDocument,
} from '@segl/server/domain/signing-session/steps';

export interface ScriptedDocument {
  readonly documentId: string;
  readonly title: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly action?: 'sign' | 'view' | 'upload';
  readonly optional?: boolean;
  readonly dialog?: { title?: string; message?: string };
  /** The form to fill in before it is read. */
  readonly form?: readonly FormField[];
}

export interface Script {
  readonly requestId?: string;
  readonly taskId?: string;
  readonly task?: Partial<
    Pick<
      TaskView,
      | 'language'
      | 'profile'
      | 'deadline'
      | 'afterwards'
      | 'dialog'
      | 'signatureDialog'
      | 'signerName'
      | 'canPostpone'
    >
  >;
  readonly documents: readonly ScriptedDocument[];
  /** Absent: an account that says nothing of itself. */
  readonly sender?: SenderView;
  /** Asked for before anything is shown. */
  readonly login?: { readonly dialog?: { title?: string; message?: string } };
  /** The client in the frame. */
  readonly signing?: { readonly clientUrl: string; readonly parameters: Readonly<Record<string, string>> };
  /** What the eID shows instead of it. */
  readonly show?: Show;
  /** Absent: the one of the eID. */
  readonly ways?: readonly SigningWay[];
  /** The CPR number asked for after a signature; absent: none is. */
  readonly cpr?: string;
  /** Of an upload, in bytes. */
  readonly largest?: number;
  /** How often sending in has to be waited for. */
  readonly finishing?: number;
  readonly onComplete?: string;
  readonly onCancel?: string;
  readonly onPostpone?: string;
  /** What `open` throws for a task id. */
  readonly closed?: Readonly<Record<string, SeglError>>;
}

/** A PNG of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const SENDER: SenderView = { name: 'demo' };

type Call = { readonly method: string; readonly arguments: readonly unknown[] };

type Answer = Parameters<SigningFlow['receiveLogin']>[1];

/** What the client ended with, where it is an error code; nothing at all is how one ends that the signer has closed. */
function cancelledBy({ input }: Answer): SignatureOutcome | undefined {
  const data = input.kind === 'message' ? input.data : '';
  const text = Buffer.from(data, 'base64').toString() || 'CAN002';
  return /^[A-Z]+\d{3}$/.test(text) ? { kind: 'cancelled', module: 'nemid', code: text } : undefined;
}

export class ScriptedFlow implements SigningFlow {
  readonly calls: Call[] = [];
  /** By document id. */
  /** `began`: a file is on its way; `ended`: it is there, or broke off. */
  readonly uploads = new EventEmitter<{ began: []; ended: [] }>();
  readonly uploaded = new Map<string, { mimeType: string; bytes: Uint8Array }>();
  /** By document id. */
  readonly filled = new Map<string, FormValues>();
  /** Thrown once by the next call of a method. */
  readonly failures = new Map<keyof SigningFlow, Error>();
  readonly #script: Script;
  readonly #progress: Record<string, DocumentProgress> = {};
  readonly #attempts = new Map<string, number>();
  #sessions = 0;
  #key: SessionKey | undefined;
  #end: 'done' | 'rejected' | undefined;
  #loggedIn = false;

  constructor(script: Script) {
    this.#script = script;
  }

  /** Ends the session, as 30 minutes without activity do. */
  timeOut(): void {
    this.#key = undefined;
  }

  lastCall(method: keyof SigningFlow): readonly unknown[] | undefined {
    return this.calls.findLast((call) => call.method === method)?.arguments;
  }

  #note(method: keyof SigningFlow, ...values: unknown[]): void {
    this.calls.push({ method, arguments: values });
    this.#failOnce(method);
  }

  #failOnce(method: keyof SigningFlow): void {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure) throw failure;
  }

  #check(key: SessionKey): void {
    if (key.ref !== this.#key?.ref || key.secret !== this.#key.secret)
      throw serverProblems.error('SESSION_GONE');
  }

  #document(documentId: string): ScriptedDocument {
    const document = this.#script.documents.find((candidate) => candidate.documentId === documentId);
    if (!document) throw generalProblems.error('NOT_FOUND');
    return { ...document, ...this.uploaded.get(documentId) };
  }

  #requireDue(kind: Step['kind'], documentId?: string): void {
    const step = this.#step();
    if (step.kind !== kind || ('documentId' in step && step.documentId !== documentId)) {
      throw identityProblems.error('STEP_NOT_DUE', {
        why: identityProblems.of('step/due', { step: step.kind }),
      });
    }
  }

  #advance(documentId: string, change: DocumentProgress): void {
    this.#progress[documentId] = { ...this.#progress[documentId], ...change };
  }

  #isFinishing(): boolean {
    const sent = this.calls.filter(({ method }) => method === 'sendIn').length;
    return sent <= (this.#script.finishing ?? 0);
  }

  #stepDocuments(): StepDocument[] {
    const { documents, ways } = this.#script;
    return documents.map(({ documentId, action = 'sign', form }) => ({
      documentId,
      action,
      hasForm: form !== undefined,
      ...(ways && { ways }),
    }));
  }

  #step(): Step {
    const { onComplete, onCancel } = this.#script;
    if (this.#end === 'done' && this.#isFinishing()) return { kind: 'finishing', isLate: false };
    if (this.#end === 'done') {
      const receipt = { at: new Date('2026-12-01T09:30:00Z'), reference: 'K-1077' };
      return { kind: 'done', ...receipt, ...(onComplete ? { redirectTo: onComplete } : {}) };
    }
    if (this.#end === 'rejected') return { kind: 'rejected', ...(onCancel ? { redirectTo: onCancel } : {}) };
    if (this.#script.login && !this.#loggedIn) return { kind: 'authenticate' };
    const due = dueStep(this.#stepDocuments(), this.#progress);
    if (due.kind === 'choose-method') return { ...due, ways: (this.#script.ways ?? []).map(viewWay) };
    return due;
  }

  async open(input: Parameters<SigningFlow['open']>[0]): Promise<SessionKey> {
    this.#note('open', input);
    const { requestId = 'request-1', taskId = 'task_1', closed = {} } = this.#script;
    const refusal = closed[input.taskId ?? ''];
    if (refusal) throw refusal;
    if (input.requestId !== requestId || (input.taskId ?? taskId) !== taskId)
      throw serverProblems.error('TASK_UNKNOWN');
    this.#sessions += 1;
    this.#key = { ref: `session${this.#sessions}`, secret: `secret-${this.#sessions}` };
    return this.#key;
  }

  /** Is no call to look for: whatever goes wrong makes one. */
  async asker(place: TaskPlace): Promise<Asker | undefined> {
    this.#failOnce('asker');
    const { requestId = 'request-1', taskId = 'task_1', closed = {} } = this.#script;
    const { task: { language, profile } = {}, sender = SENDER } = this.#script;
    const isTask = (id = taskId): boolean => id === taskId || Object.hasOwn(closed, id);
    const isKnown =
      'ref' in place ? /^session\d+$/.test(place.ref) : place.requestId === requestId && isTask(place.taskId);
    return isKnown ? { ...(language && { language }), ...(profile && { profile }), sender } : undefined;
  }

  async logo(sha256: string): ReturnType<SigningFlow['logo']> {
    return sha256 === this.#script.sender?.logo ? { mediaType: 'image/png', bytes: PIXEL } : undefined;
  }

  async view(key: SessionKey): Promise<TaskView> {
    this.#note('view', key);
    this.#check(key);
    const { requestId = 'request-1', taskId = 'task_1', task, documents, sender = SENDER } = this.#script;
    return {
      requestId,
      taskId,
      service: 'demo',
      canPostpone: false,
      sender,
      afterwards: { others: false, returns: this.#script.onComplete !== undefined },
      ...(this.#script.login && { login: { ...this.#script.login, done: this.#loggedIn } }),
      ...this.#viewChoice(),
      ...task,
      step: this.#step(),
      documents: documents.map(({ bytes: _, form, ...document }): DocumentView => {
        const progress = this.#progress[document.documentId] ?? {};
        const { mimeType = document.mimeType } = this.uploaded.get(document.documentId) ?? {};
        return {
          action: 'sign',
          optional: false,
          ...document,
          ...(form && { hasForm: true }),
          mimeType,
          read: progress.readAt !== undefined,
          signed: progress.signedAt !== undefined && progress.identifyDue !== true,
          skipped: progress.skippedAt !== undefined,
        };
      }),
    };
  }

  #viewChoice(): Partial<TaskView> {
    const step = this.#step();
    if (step.kind !== 'sign' && step.kind !== 'declare') return {};
    const way = wayOf(this.#stepDocuments(), this.#progress, step.documentId);
    const canChooseMethod = (this.#script.ways?.length ?? 0) > 1;
    return {
      canChooseMethod,
      ...(way && { wayKind: way.kind }),
      ...(way?.dialog && { signatureDialog: way.dialog }),
    };
  }

  async document(key: SessionKey, documentId: string): ReturnType<SigningFlow['document']> {
    this.#note('document', key, documentId);
    this.#check(key);
    if (this.#step().kind === 'authenticate') throw serverProblems.error('LOGIN_NEEDED');
    const { mimeType, bytes } = this.#document(documentId);
    this.#advance(documentId, { presentedAt: 'now' });
    return {
      contentType: mimeType,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      open: (range) =>
        Readable.from([Buffer.from(range ? bytes.subarray(range.start, range.end + 1) : bytes)]),
    };
  }

  async upload(key: SessionKey, documentId: string, contentType: string, body: Readable): Promise<void> {
    this.#note('upload', key, documentId, contentType);
    this.#check(key);
    const { kind } = this.#step();
    if (kind !== 'upload' && kind !== 'read')
      throw identityProblems.error('STEP_NOT_DUE', { why: identityProblems.of('step/due', { step: kind }) });
    this.uploads.emit('began');
    const bytes = await buffer(body).finally(() => this.uploads.emit('ended'));
    const { largest = Infinity } = this.#script;
    if (bytes.length > largest)
      throw generalProblems.error('PAYLOAD_TOO_LARGE', { limit: largest, setting: '' });
    const isUsable = contentType === 'application/pdf' || contentType.startsWith('text/plain');
    if (!isUsable)
      throw serverProblems.error('UPLOAD_REFUSED', {
        why: orderProblems.of('document/media-type', {
          mediaType: contentType,
          allowed: ['application/pdf', 'text/plain'],
        }),
      });
    this.uploaded.set(documentId, { mimeType: contentType, bytes });
    this.#advance(documentId, { uploadedAt: 'now' });
  }

  async form(key: SessionKey, documentId: string): Promise<FormView> {
    this.#note('form', key, documentId);
    this.#check(key);
    this.#requireDue('form', documentId);
    const fields = this.#document(documentId).form ?? [];
    return { fields, values: this.filled.get(documentId) ?? startValues(fields, []) };
  }

  async fillForm(key: SessionKey, documentId: string, typed: FormValues): Promise<readonly FieldProblem[]> {
    this.#note('fillForm', key, documentId, typed);
    this.#check(key);
    this.#requireDue('form', documentId);
    const fields = this.#document(documentId).form ?? [];
    const values = mergeValues(fields, startValues(fields, []), typed);
    const problems = judgeValues(fields, values);
    if (problems.length > 0) return problems;
    this.filled.set(documentId, values);
    this.#progress[documentId] = { filledAt: 'now' };
    return [];
  }

  async reopenForm(key: SessionKey, documentId: string): Promise<void> {
    this.#note('reopenForm', key, documentId);
    this.#check(key);
    const { kind } = this.#step();
    if (kind !== 'read' && kind !== 'sign')
      throw identityProblems.error('STEP_NOT_DUE', { why: identityProblems.of('step/due', { step: kind }) });
    this.#progress[documentId] = {};
  }

  async markRead(key: SessionKey, documentId: string): Promise<void> {
    this.#note('markRead', key, documentId);
    this.#check(key);
    this.#requireDue('read', documentId);
    if (!this.#progress[documentId]?.presentedAt) throw serverProblems.error('DOCUMENT_NOT_SHOWN');
    this.#advance(documentId, { readAt: 'now' });
  }

  async skip(key: SessionKey, documentId: string): Promise<void> {
    this.#note('skip', key, documentId);
    this.#check(key);
    if (this.#document(documentId).optional !== true)
      throw identityProblems.error('STEP_NOT_DUE', {
        why: identityProblems.of('step/due', { step: 'mandatory' }),
      });
    this.#advance(documentId, { skippedAt: 'now' });
  }

  #started(): StartedMethod {
    const { show } = this.#script;
    if (show) return { title: 'NemID', module: 'nemid', show };
    const { clientUrl, parameters } = this.#script.signing ?? {
      clientUrl: 'https://nemid.test/',
      parameters: {},
    };
    return { title: 'NemID', module: 'nemid', show: { as: 'frame', url: clientUrl, parameters } };
  }

  async startLogin(key: SessionKey, page: SignerPage): Promise<StartedMethod> {
    this.#note('startLogin', key, page);
    this.#check(key);
    this.#requireDue('authenticate');
    return this.#started();
  }

  /** As receiveSignature. */
  async receiveLogin(key: SessionKey, result: Answer): Promise<SignatureOutcome> {
    this.#note('receiveLogin', key, result);
    this.#check(key);
    this.#requireDue('authenticate');
    const cancelled = cancelledBy(result);
    if (cancelled) return cancelled;
    this.#loggedIn = true;
    return { kind: 'accepted' };
  }

  async startSigning(key: SessionKey, documentId: string, page: SignerPage): Promise<StartedMethod> {
    this.#note('startSigning', key, documentId, page);
    this.#check(key);
    return this.#started();
  }

  /** A response that is the base64 of an error code is one; any other counts as a signature. */
  async receiveSignature(key: SessionKey, documentId: string, result: Answer): Promise<SignatureOutcome> {
    this.#note('receiveSignature', key, documentId, result);
    this.#check(key);
    this.#requireDue('sign', documentId);
    const cancelled = cancelledBy(result);
    if (cancelled) return cancelled;
    this.#advance(documentId, { signedAt: 'now', identifyDue: this.#script.cpr !== undefined });
    return { kind: 'accepted' };
  }

  async chooseWay(key: SessionKey, documentId: string, wayId: string): Promise<void> {
    this.#note('chooseWay', key, documentId, wayId);
    this.#check(key);
    if (!['choose-method', 'declare', 'sign'].includes(this.#step().kind))
      throw identityProblems.error('STEP_NOT_DUE', {
        why: identityProblems.of('step/due', { step: this.#step().kind }),
      });
    this.#advance(documentId, { way: wayId });
  }

  async startEnrolling(key: SessionKey): ReturnType<SigningFlow['startEnrolling']> {
    this.#note('startEnrolling', key);
    return undefined;
  }

  async enrol(key: SessionKey): ReturnType<SigningFlow['enrol']> {
    this.#note('enrol', key);
    return { module: 'passkey' };
  }

  async forgetSigner(key: SessionKey): Promise<void> {
    this.#note('forgetSigner', key);
  }

  async startDeclaring(
    key: SessionKey,
    documentId: string,
    language: string,
  ): ReturnType<SigningFlow['startDeclaring']> {
    this.#note('startDeclaring', key, documentId, language);
    this.#check(key);
    this.#requireDue('declare', documentId);
    const way = wayOf(this.#stepDocuments(), this.#progress, documentId);
    const { signerName } = this.#script.task ?? {};
    return {
      ...(way?.kind !== 'eid' && { signText: `I sign ${documentId}.\n\nSHA-256: 00` }),
      signTextDigest: way?.kind === 'eid' ? '' : 'digest of the text',
      handwritten: way?.handwritten === true,
      asksName: way?.kind === 'hand' && signerName === undefined,
    };
  }

  async declare(
    key: SessionKey,
    documentId: string,
    declaration: Parameters<SigningFlow['declare']>[2],
  ): Promise<void> {
    this.#note('declare', key, documentId, declaration);
    this.#check(key);
    this.#requireDue('declare', documentId);
    const way = wayOf(this.#stepDocuments(), this.#progress, documentId);
    if (way?.handwritten && !declaration.handwriting?.text)
      throw serverProblems.error('HANDWRITING_REFUSED', { why: serverProblems.of('handwriting/empty') });
    this.#advance(documentId, { declaredAt: 'now', ...(way?.kind === 'hand' && { signedAt: 'now' }) });
  }

  async showIdentifying(key: SessionKey, documentId: string): Promise<StartedMethod> {
    this.#note('showIdentifying', key, documentId);
    this.#check(key);
    this.#requireDue('identify', documentId);
    const attemptsLeft = 3 - (this.#attempts.get(documentId) ?? 0);
    return {
      title: 'NemID',
      module: 'nemid',
      show: { as: 'form', text: 'cpr', fields: CPR_FIELDS, attemptsLeft },
    };
  }

  async answerIdentifying(key: SessionKey, documentId: string, result: Answer): Promise<void> {
    this.#note('answerIdentifying', key, documentId, result);
    this.#check(key);
    this.#requireDue('identify', documentId);
    const { cpr = '', consent } = result.input.kind === 'fields' ? result.input.values : {};
    if (consent !== 'yes') throw identityProblems.error('CONSENT_MISSING');
    if (!/^\d{6}-?\d{4}$/.test(cpr.trim())) throw nemidProblems.error('CPR_INVALID');
    if (cpr.trim().replace('-', '') !== this.#script.cpr) {
      const attempts = (this.#attempts.get(documentId) ?? 0) + 1;
      if (attempts >= 3) {
        this.timeOut();
        const problem = nemidProblems.error('CPR_TOO_MANY_ATTEMPTS');
        throw new SeglError({ code: problem.code, params: { retry: 'restart' } }, problem);
      }
      this.#attempts.set(documentId, attempts);
      throw nemidProblems.error('CPR_MISMATCH');
    }
    this.#advance(documentId, { identifyDue: false });
  }

  async sendIn(key: SessionKey): Promise<SentIn> {
    this.#note('sendIn', key);
    this.#check(key);
    if (this.#end !== 'done') this.#requireDue('send-in');
    this.#end = 'done';
    if (this.#isFinishing()) return { isFinishing: true };
    return redirection(this.#script.onComplete);
  }

  async cancel(key: SessionKey): Promise<{ redirectTo?: string }> {
    this.#note('cancel', key);
    this.#check(key);
    this.timeOut();
    return redirection(this.#script.onCancel);
  }

  async postpone(key: SessionKey): Promise<{ redirectTo?: string }> {
    this.#note('postpone', key);
    this.#check(key);
    this.timeOut();
    return redirection(this.#script.onPostpone);
  }

  async refuse(key: SessionKey, reason?: string): Promise<{ redirectTo?: string }> {
    this.#note('refuse', key, reason);
    this.#check(key);
    this.#end = 'rejected';
    return redirection(this.#script.onCancel);
  }
}

const redirection = (url: string | undefined): { redirectTo?: string } => (url ? { redirectTo: url } : {});

/** The eID of these ways is NemID. */
const viewWay = ({ id, kind, handwritten, dialog }: SigningWay): WayView => ({
  id,
  kind,
  handwritten,
  ...(kind !== 'hand' && { typeName: 'NemID' }),
  ...(dialog && { dialog }),
});
