/** Filling in: the form of a document, its values, and the document made from both. See SigningFlow. */
import { createHash } from 'node:crypto';
import { fillForm } from '../../documents/form/fill.ts';
import type { PdfForm } from '../../documents/form/form.ts';
import { readForm } from '../../documents/form/read.ts';
import { serverProblems } from '../../problems.ts';
import {
  changedFields,
  judgeValues,
  mergeValues,
  startValues,
  writeParams,
  type FieldProblem,
  type FormValues,
} from '../../domain/order/form-fields.ts';
import type { Form } from '../../domain/order/model.ts';
import type { FormView } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import {
  findFilledForm,
  putFilledForm,
  reopenFilledForm,
} from '../../adapters/postgres/orders/filled-forms.ts';
import { findOrderDocument, type DocumentRow } from '../../adapters/postgres/orders/order-documents.ts';
import { addAudit } from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import { invalidFieldsOf } from '../documents/forms.ts';
import {
  lockSigningSession,
  requireDue,
  sessionAt,
  type TaskDocument,
  type SigningSession,
} from './signing-session.ts';

interface OpenForm {
  readonly form: PdfForm;
  /** The document as it came. */
  readonly original: DocumentRow;
  /** What the order and the document have filled in. */
  readonly start: FormValues;
}

async function openForm(
  { db, blobs }: FlowContext,
  { order }: SigningSession,
  { documentId, form: ordered }: TaskDocument,
): Promise<OpenForm> {
  const original = await findOrderDocument(db, order.requestId, documentId);
  if (!original) throw serverProblems.error('SESSION_GONE');
  const form = readForm(await blobs.read(original.sha256));
  return { form, original, start: startValues(form.fields, requireForm(ordered).inputParams) };
}

function requireForm(form: Form | undefined): Form {
  if (!form) throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/no-form') });
  return form;
}

export async function viewForm(context: FlowContext, key: SessionKey, documentId: string): Promise<FormView> {
  const { current, chosen } = await sessionAt(context, key, documentId, 'form');
  const { form, start } = await openForm(context, current, chosen);
  const filled = await findFilledForm(context.db, key.ref, documentId);
  return { fields: form.fields, values: filled ? startValues(form.fields, filled.params) : start };
}

export async function fillIn(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  typed: FormValues,
): Promise<readonly FieldProblem[]> {
  const { db, blobs, clock } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, 'form');
  const { form, original, start } = await openForm(context, current, chosen);
  const values = mergeValues(form.fields, start, typed);
  const problems = judgeValues(form.fields, values);
  const wrong = new Set(problems.map(({ name }) => name));
  problems.push(...invalidFieldsOf(form, new Map([...values].filter(([name]) => !wrong.has(name)))));
  if (problems.length > 0) return problems;

  const { sha256, size } = await blobs.put(fillForm(form, values));
  const params = writeParams(form.fields, values);
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, 'form');
    await putFilledForm(tx, { sessionRef: key.ref, documentId, sha256, size, params, filledAt: at });
    const bySigner = changedFields(form.fields, start, values);
    const byOrder = requireForm(chosen.form).inputParams.map(({ name }) => name);
    await addAudit(tx, key.ref, {
      at,
      type: 'signer-filled-form',
      data: {
        'document-id': documentId,
        'original-digest': base64(Buffer.from(original.sha256, 'hex')),
        'document-digest': base64(Buffer.from(sha256, 'hex')),
        // the values themselves are in the document; here they would outlive it
        'values-digest': base64(createHash('sha256').update(JSON.stringify(params)).digest()),
        'digest-algorithm': 'http://www.w3.org/2001/04/xmlenc#sha256',
        'fields-by-signer': JSON.stringify(bySigner),
        'fields-by-order': JSON.stringify([...new Set(byOrder)].filter((name) => !bySigner.includes(name))),
        description: 'The signer filled in the form; the document was made from it',
      },
    });
  });
  return [];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Until it is signed. */
const REOPENABLE = ['read', 'choose-method', 'declare', 'sign'] as const;

export async function reopenForm(context: FlowContext, key: SessionKey, documentId: string): Promise<void> {
  const { db, clock } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, ...REOPENABLE);
  requireForm(chosen.form);
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, ...REOPENABLE);
    await reopenFilledForm(tx, key.ref, documentId);
    await addAudit(tx, key.ref, {
      at,
      type: 'signer-reopened-form',
      data: { 'document-id': documentId, description: 'The signer went back to the form' },
    });
  });
}
