/** A signer's way through a task. Implements SigningFlow on the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isValidCpr } from '../eid/nemid/cpr.ts';
import type { SignatureMethod, SignMaterial, VerifiedSignature } from '../eid/method.ts';
import { SeglError } from '../errors.ts';
import { redirectUrl } from '../orders/redirect.ts';
import { dueStep, type DueStep } from '../orders/steps.ts';
import { addEvent, findTask, lockOrder, moveTask } from '../store/orders.ts';
import { enqueue } from '../store/outbox.ts';
import {
  addAudit,
  countCprAttempt,
  endSession,
  insertNativeSignature,
  listNativeSignatures,
  setNationalId,
  updateProgress,
} from '../store/sessions.ts';
import type { FlowContext } from './context.ts';
import { notifyTask } from './notify.ts';
import { openSession, requireActive, visit, type TaskDocument, type Visit } from './sessions.ts';
import type {
  ClientInfo,
  DocumentView,
  SessionKey,
  SignatureOutcome,
  SigningFlow,
  StartedSigning,
  Step,
  TaskView,
} from '../orders/signing-desk.ts';

const CPR_ATTEMPTS = 5;

/** How long "send in" waits for the packages, so that a back end that asks at once finds them. */
const PATIENCE_MS = 8_000;
const LOOK_EVERY_MS = 50;

export class PortalFlow implements SigningFlow {
  readonly #context: FlowContext;

  constructor(context: FlowContext) {
    this.#context = context;
  }

  open(input: {
    requestId: string;
    taskId?: string;
    artifact?: string;
    client: ClientInfo;
  }): Promise<SessionKey> {
    return openSession(this.#context, input);
  }

  async view(key: SessionKey): Promise<TaskView> {
    const current = await visit(this.#context, key);
    const { session, order, spec, subject } = current;
    const language = spec.language ?? order.spec.language;
    const profile = spec.profile ?? order.spec.profile;
    const signatureDialog = spec.signatures[0]?.dialog;
    const signerName = [subject?.firstName, subject?.lastName].filter(Boolean).join(' ');
    return {
      requestId: order.requestId,
      taskId: spec.id,
      service: order.service,
      ...(language && { language }),
      ...(profile && { profile }),
      ...(spec.dialog && { dialog: spec.dialog }),
      ...(signatureDialog && { signatureDialog }),
      ...(signerName && { signerName }),
      documents: current.documents.map(({ action, document }): DocumentView => {
        const progress = session.progress[document.documentId] ?? {};
        return {
          documentId: document.documentId,
          title: document.title,
          mimeType: document.contentType,
          action: action.type,
          optional: action.optional === true,
          ...(action.dialog && { dialog: action.dialog }),
          read: progress.readAt !== undefined,
          signed: progress.signedAt !== undefined && progress.cprDue !== true,
          skipped: progress.skippedAt !== undefined,
        };
      }),
      step: this.#step(current),
      canPostpone: Boolean(spec.onTaskPostpone),
    };
  }

  #step(current: Visit): Step {
    const { session, task, spec } = current;
    const ids = { requestId: task.requestId, taskId: task.taskId };
    if (task.sessionRef === session.ref) {
      const ending = task.state === 'rejected' ? ('rejected' as const) : ('done' as const);
      const redirectTo = redirectUrl(ending === 'done' ? spec.onTaskComplete : spec.onTaskCancel, ids);
      return { kind: ending, ...(redirectTo !== undefined && { redirectTo }) };
    }
    requireActive(current, this.#context.clock.now());
    const due = this.#due(current);
    if (due.kind !== 'cpr') return due as Step;
    const used = session.progress[due.documentId]?.cprAttempts ?? 0;
    return { kind: 'cpr', documentId: due.documentId, attemptsLeft: Math.max(0, CPR_ATTEMPTS - used) };
  }

  #due({ documents, session }: Visit): DueStep {
    return dueStep(
      documents.map(({ action, document }) => ({ documentId: document.documentId, action: action.type })),
      session.progress,
    );
  }

  /** The visit, if `documentId` is the document that is due for one of `steps`. */
  async #at(
    key: SessionKey,
    documentId: string,
    ...steps: DueStep['kind'][]
  ): Promise<{ current: Visit; chosen: TaskDocument; due: DueStep }> {
    const current = await visit(this.#context, key);
    requireActive(current, this.#context.clock.now());
    const chosen = current.documents.find(({ document }) => document.documentId === documentId);
    const due = this.#due(current);
    if (!chosen || due.kind === 'send-in' || due.documentId !== documentId || !steps.includes(due.kind)) {
      throw new SeglError('STEP_NOT_DUE', { why: due.kind });
    }
    return { current, chosen, due };
  }

  async document(key: SessionKey, documentId: string): ReturnType<SigningFlow['document']> {
    const { db, blobs, clock } = this.#context;
    const current = await visit(this.#context, key);
    const chosen = current.documents.find(({ document }) => document.documentId === documentId);
    if (!chosen) throw new SeglError('TASK_UNKNOWN');
    const { document } = chosen;
    if (!current.session.endedAt && current.session.progress[documentId]?.presentedAt === undefined) {
      const at = clock.now();
      await updateProgress(db, key.ref, documentId, { presentedAt: at.toISOString() });
      await addAudit(db, key.ref, {
        at,
        type: 'presented-document-to-signer',
        data: {
          'document-id': documentId,
          'document-title': document.title,
          'document-digest': Buffer.from(document.sha256, 'hex').toString('base64'),
          'digest-algorithm': 'http://www.w3.org/2001/04/xmlenc#sha256',
          description: 'The document was shown to the signer',
        },
      });
    }
    return {
      contentType: document.contentType,
      size: document.size,
      open: () => blobs.open(document.sha256),
    };
  }

  async markRead(key: SessionKey, documentId: string): Promise<void> {
    const { db, clock } = this.#context;
    const { current, chosen } = await this.#at(key, documentId, 'read');
    if (current.session.progress[documentId]?.presentedAt === undefined)
      throw new SeglError('DOCUMENT_NOT_SHOWN');
    const at = clock.now();
    await db.transaction(async (tx) => {
      await updateProgress(tx, key.ref, documentId, { readAt: at.toISOString() });
      await addAudit(tx, key.ref, {
        at,
        type: 'signer-chose-to-proceed',
        data: { 'document-id': documentId, description: 'The signer declared to have read the document' },
      });
      await this.#event(tx, current, 'document-viewed', chosen.document.documentId);
    });
  }

  async skip(key: SessionKey, documentId: string): Promise<void> {
    const { db, clock } = this.#context;
    const { chosen } = await this.#at(key, documentId, 'read', 'sign');
    if (chosen.action.optional !== true)
      throw new SeglError('STEP_NOT_DUE', { why: 'the document is mandatory' });
    await updateProgress(db, key.ref, documentId, { skippedAt: clock.now().toISOString() });
  }

  /** The first of the task's methods; an order with an unknown one is refused before it is stored. */
  #method({ spec }: Visit): SignatureMethod {
    const name = spec.signatures[0]?.methods[0]?.name ?? '';
    return this.#context.methods.get(name);
  }

  async #material({ document }: TaskDocument): Promise<SignMaterial> {
    return {
      documentId: document.documentId,
      title: document.title,
      mimeType: document.contentType,
      bytes: await this.#context.blobs.read(document.sha256),
      ...(document.signTextEntry !== null && { signTextEntry: document.signTextEntry }),
    };
  }

  async startSigning(
    key: SessionKey,
    documentId: string,
    page: { origin: string; language: string; client: ClientInfo },
  ): Promise<StartedSigning> {
    const { db, clock } = this.#context;
    const { current, chosen } = await this.#at(key, documentId, 'sign');
    const method = this.#method(current);
    const started = await method.start(await this.#material(chosen), page);
    await db.transaction(async (tx) => {
      await updateProgress(tx, key.ref, documentId, {
        expected: started.expected,
        method: method.name,
      });
      await addAudit(tx, key.ref, {
        at: clock.now(),
        type: 'invoked-sign-call',
        data: {
          'document-id': documentId,
          'parameters-digest': started.parameters['PARAMS_DIGEST'] ?? '',
          'user-agent': page.client.userAgent,
          description: `The ${method.typeName} client was started for the signer`,
        },
      });
    });
    return {
      clientUrl: started.clientUrl,
      clientOrigin: started.clientOrigin,
      parameters: started.parameters,
    };
  }

  async receiveSignature(
    key: SessionKey,
    documentId: string,
    result: { response: string; client: ClientInfo },
  ): Promise<SignatureOutcome> {
    const { db, clock } = this.#context;
    const { current, chosen } = await this.#at(key, documentId, 'sign');
    const expected = current.session.progress[documentId]?.expected;
    if (!expected) throw new SeglError('STEP_NOT_DUE', { why: 'the signing client was not started' });
    const method = this.#method(current);
    const received = await method.receive(result.response, await this.#material(chosen), expected);
    if (received.kind === 'error') {
      await this.#event(db, current, 'document-sign-cancelled', `${documentId} ${received.code}`);
      await addAudit(db, key.ref, {
        at: clock.now(),
        type: 'signing-client-error',
        data: {
          'document-id': documentId,
          code: received.code,
          description: 'The signing client ended with an error',
        },
      });
      return { kind: 'eid-error', code: received.code };
    }
    const { signature } = received;
    const { uniqueId } = signature.signer;
    const earlier = await listNativeSignatures(db, key.ref);
    if (earlier.some(({ evidence }) => evidence.signer.uniqueId !== uniqueId))
      throw new SeglError('SIGNER_MISMATCH');
    const ordered = current.subject?.nationalId;
    if (ordered && !(await method.matchNationalId(uniqueId, ordered))) throw new SeglError('SIGNER_MISMATCH');
    // one visit, one person: a number that was verified for one document holds for the next
    const nationalId = ordered ?? earlier.find((row) => row.nationalId !== null)?.nationalId ?? undefined;
    await this.#keep(current, documentId, method, signature, result.client, nationalId);
    return { kind: 'accepted' };
  }

  /** Writes down the signature with everything that proves it. A second one for the same document changes nothing. */
  async #keep(
    current: Visit,
    documentId: string,
    method: SignatureMethod,
    signature: VerifiedSignature,
    client: ClientInfo,
    nationalId: string | undefined,
  ): Promise<void> {
    const { db, blobs, clock } = this.#context;
    const { ref } = current.session;
    const { sha256 } = await blobs.put(signature.native);
    const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
    await db.transaction(async (tx) => {
      const at = clock.now();
      const first = await insertNativeSignature(tx, {
        sessionRef: ref,
        documentId,
        sha256,
        method: method.name,
        evidence: {
          signer: signature.signer,
          signingTime: signature.signingTime.toISOString(),
          verdicts: signature.verdicts,
          validation: {
            certificates: base64(signature.validation.certificates),
            ocsps: base64(signature.validation.ocsps),
            crls: base64(signature.validation.crls),
          },
          facts: signature.facts,
          creationClient: current.session.client,
          verificationClient: client,
        },
        nationalId: nationalId ?? null,
        verifiedAt: at,
      });
      if (!first) return;
      await updateProgress(tx, ref, documentId, {
        signedAt: at.toISOString(),
        cprDue: nationalId === undefined,
      });
      for (const entry of verificationTrail(documentId, signature, nationalId !== undefined)) {
        await addAudit(tx, ref, { at, ...entry });
      }
      await this.#event(tx, current, 'document-signed', documentId);
    });
  }

  async provideCpr(key: SessionKey, documentId: string, cpr: string): Promise<void> {
    const { db, clock } = this.#context;
    const { current } = await this.#at(key, documentId, 'cpr');
    const digits = cpr.replace(/[\s-]/g, '');
    if ((current.session.progress[documentId]?.cprAttempts ?? 0) >= CPR_ATTEMPTS) {
      throw new SeglError('CPR_TOO_MANY_ATTEMPTS');
    }
    if (!isValidCpr(digits)) throw new SeglError('CPR_INVALID');
    const signed = (await listNativeSignatures(db, key.ref)).find((row) => row.documentId === documentId);
    if (!signed) throw new SeglError('STEP_NOT_DUE', { why: 'the document is not signed yet' });
    const method = this.#context.methods.get(signed.method);
    // counted before the question is put, so that asking in parallel wins nothing
    const attempts = await countCprAttempt(db, key.ref, documentId);
    if (attempts > CPR_ATTEMPTS) throw new SeglError('CPR_TOO_MANY_ATTEMPTS');
    if (!(await method.matchNationalId(signed.evidence.signer.uniqueId, digits))) {
      throw new SeglError(attempts >= CPR_ATTEMPTS ? 'CPR_TOO_MANY_ATTEMPTS' : 'CPR_MISMATCH');
    }
    await db.transaction(async (tx) => {
      await setNationalId(tx, key.ref, documentId, digits);
      await updateProgress(tx, key.ref, documentId, { cprDue: false });
      await addAudit(tx, key.ref, {
        at: clock.now(),
        type: 'cpr-verified',
        data: {
          'document-id': documentId,
          description:
            'CPR number collected from the signer, with consent, and verified by the PID-CPR service',
        },
      });
    });
  }

  async sendIn(key: SessionKey): Promise<{ redirectTo?: string }> {
    const { db, clock } = this.#context;
    const current = await visit(this.#context, key);
    const { session, task, spec } = current;
    const ids = { requestId: task.requestId, taskId: task.taskId };
    const sentBefore = task.sessionRef === session.ref && task.state !== 'rejected';
    if (!sentBefore) {
      requireActive(current, clock.now());
      const due = this.#due(current);
      if (due.kind !== 'send-in') throw new SeglError('STEP_NOT_DUE', { why: due.kind });
      await db.transaction(async (tx) => {
        const order = await lockOrder(tx, task.requestId);
        const at = clock.now();
        if (!order || order.deletedAt || !(await moveTask(tx, ids, 'created', 'sent-in', at, session.ref))) {
          throw new SeglError('TASK_CLOSED', { state: 'closed' });
        }
        await endSession(tx, session.ref, at);
        await addAudit(tx, session.ref, {
          at,
          type: 'signer-sent-in',
          data: { description: 'The signer confirmed and sent in' },
        });
        await enqueue(tx, {
          queue: 'package-task',
          payload: ids,
          key: `package-task ${task.requestId} ${task.taskId}`,
        });
      });
    }
    await this.#awaitPackages(ids);
    return this.#goTo(spec.onTaskComplete, ids);
  }

  async #awaitPackages(ids: { requestId: string; taskId: string }): Promise<void> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
      const task = await findTask(this.#context.db, ids.requestId, ids.taskId);
      if (task?.state !== 'sent-in') return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  #goTo(template: string | undefined, ids: { requestId: string; taskId: string }): { redirectTo?: string } {
    const redirectTo = redirectUrl(template, ids);
    return redirectTo === undefined ? {} : { redirectTo };
  }

  async #leave(
    key: SessionKey,
    why: string,
    target: 'onTaskCancel' | 'onTaskPostpone',
  ): Promise<{ redirectTo?: string }> {
    const { db, clock } = this.#context;
    const current = await visit(this.#context, key);
    requireActive(current, clock.now());
    const at = clock.now();
    await db.transaction(async (tx) => {
      await endSession(tx, key.ref, at);
      await addAudit(tx, key.ref, { at, type: 'signer-left', data: { description: why } });
    });
    const { task, spec } = current;
    return this.#goTo(spec[target], { requestId: task.requestId, taskId: task.taskId });
  }

  cancel(key: SessionKey): Promise<{ redirectTo?: string }> {
    return this.#leave(key, 'The signer cancelled', 'onTaskCancel');
  }

  postpone(key: SessionKey): Promise<{ redirectTo?: string }> {
    return this.#leave(key, 'The signer chose to sign later', 'onTaskPostpone');
  }

  async refuse(key: SessionKey, reason?: string): Promise<{ redirectTo?: string }> {
    const { db, clock } = this.#context;
    const current = await visit(this.#context, key);
    requireActive(current, clock.now());
    const { session, task, spec, order } = current;
    const ids = { requestId: task.requestId, taskId: task.taskId };
    await db.transaction(async (tx) => {
      await lockOrder(tx, task.requestId);
      const at = clock.now();
      if (!(await moveTask(tx, ids, 'created', 'rejected', at, session.ref))) {
        throw new SeglError('TASK_CLOSED', { state: 'closed' });
      }
      await endSession(tx, session.ref, at);
      await addAudit(tx, session.ref, {
        at,
        type: 'signer-refused',
        data: { description: 'The signer refused to sign' },
      });
      await this.#event(tx, current, 'task-rejected', reason?.trim() || undefined);
      await notifyTask(tx, clock, order.requestId, spec, 'rejected');
    });
    return this.#goTo(spec.onTaskCancel, ids);
  }

  async #event(
    db: Parameters<typeof addEvent>[0],
    { task }: Visit,
    type: Parameters<typeof addEvent>[1]['type'],
    data?: string,
  ): Promise<void> {
    await addEvent(db, {
      requestId: task.requestId,
      taskId: task.taskId,
      type,
      at: this.#context.clock.now(),
      ...(data !== undefined && { data }),
    });
  }
}

/** The audit trail of the verification: one entry a check that the packaging policy wants to see, and the outcome. */
function verificationTrail(
  documentId: string,
  signature: VerifiedSignature,
  nationalIdMatched: boolean,
): { type: string; data: Record<string, string> }[] {
  const about = { 'document-id': documentId };
  const { signer, facts, verdicts } = signature;
  const trail = [
    { type: 'signature-created', data: { ...about, description: 'The signer created the native signature' } },
    ...verdicts.map(({ check, detail }) => ({
      type: `verified-${check}`,
      data: {
        ...about,
        ...(detail !== undefined && { detail }),
        description: `The check "${check}" succeeded`,
      },
    })),
    {
      type: 'user-identified',
      data: {
        ...about,
        'confirmed-user-id': signer.uniqueId,
        description: 'The signer was identified by the certificate',
      },
    },
    {
      type: 'verified-signature',
      data: {
        ...about,
        'subject-dn': signer.subjectDn,
        'issuer-dn': signer.issuerDn,
        description: 'The native signature was verified',
      },
    },
    {
      type: 'collected-signature-and-validation-data',
      data: { ...about, ...facts, description: 'The signature and what verified it were kept' },
    },
  ];
  if (nationalIdMatched) {
    trail.push({
      type: 'cpr-verified',
      data: { ...about, description: 'CPR number given beforehand and verified by the PID-CPR service' },
    });
  }
  return trail;
}
