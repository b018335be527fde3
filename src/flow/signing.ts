/** Signing: the eID's client is started, what it gives is judged and kept, and the CPR number is matched. See SigningFlow. */
import type { SignatureMethod, SignMaterial, VerifiedSignature } from '../eid/method.ts';
import { SeglError } from '../errors.ts';
import type { ClientInfo, SessionKey, SignatureOutcome, StartedSigning } from '../orders/signing-desk.ts';
import { signTextEntryOf } from '../orders/sign-text.ts';
import { findLogin } from '../store/logins.ts';
import { addAudit, insertNativeSignature, listNativeSignatures, updateProgress } from '../store/sessions.ts';
import type { FlowContext } from './context.ts';
import { findCpr, type CprOutcome } from './cpr.ts';
import { verificationTrail } from './verification-trail.ts';
import {
  lockVisit,
  noteEvent,
  requireDue,
  requireWay,
  visitAt,
  type TaskDocument,
  type Visit,
} from './visit.ts';

/** The eID that signs the document itself. Throws STEP_NOT_DUE while that is open. */
async function methodOf({ eid }: FlowContext, current: Visit, documentId: string): Promise<SignatureMethod> {
  const { methods } = await eid.of(current.order.service);
  return methods.get(requireWay(current, documentId).method);
}

async function materialOf(
  context: FlowContext,
  { spec }: Visit,
  { document }: TaskDocument,
): Promise<SignMaterial> {
  if (!document) throw new SeglError('DOCUMENT_NOT_SHOWN');
  const signTextEntry = signTextEntryOf(spec, document);
  return {
    documentId: document.documentId,
    title: document.title,
    mimeType: document.contentType,
    bytes: await context.blobs.read(document.sha256),
    ...(signTextEntry !== '' && { signTextEntry }),
  };
}

export async function startSigning(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  page: { origin: string; language: string; client: ClientInfo },
): Promise<StartedSigning> {
  const { db, clock } = context;
  const { current, chosen } = await visitAt(context, key, documentId, 'sign');
  const method = await methodOf(context, current, documentId);
  const started = await method.start(await materialOf(context, current, chosen), page);
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

export async function receiveSignature(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  result: { response: string; client: ClientInfo },
): Promise<SignatureOutcome> {
  const { db, clock } = context;
  const { current, chosen } = await visitAt(context, key, documentId, 'sign');
  const expected = current.session.progress[documentId]?.expected;
  if (!expected) throw new SeglError('STEP_NOT_DUE', { why: 'the signing client was not started' });
  const method = await methodOf(context, current, documentId);
  const received = await method.receive(
    result.response,
    await materialOf(context, current, chosen),
    expected,
  );
  if (received.kind === 'error') {
    await db.transaction(async (tx) => {
      const at = clock.now();
      await noteEvent(tx, current, 'document-sign-cancelled', at, `${documentId} ${received.code}`);
      await addAudit(tx, key.ref, {
        at,
        type: 'signing-client-error',
        data: {
          'document-id': documentId,
          code: received.code,
          description: 'The signing client ended with an error',
        },
      });
    });
    return { kind: 'eid-error', code: received.code };
  }
  const { signature } = received;
  const { uniqueId } = signature.signer;
  const login = await findLogin(db, key.ref);
  const earlier = await listNativeSignatures(db, key.ref);
  if ([login, ...earlier].some((one) => one && one.evidence.signer.uniqueId !== uniqueId))
    throw new SeglError('SIGNER_MISMATCH');
  const cpr = await findCpr(context, current, method, uniqueId, earlier);
  await keepSignature(context, current, documentId, method, signature, result.client, cpr);
  return { kind: 'accepted' };
}

/** Writes down the signature with everything that proves it, if the document is still due to be signed. */
async function keepSignature(
  context: FlowContext,
  current: Visit,
  documentId: string,
  method: SignatureMethod,
  signature: VerifiedSignature,
  client: ClientInfo,
  { nationalId, source, due }: CprOutcome,
): Promise<void> {
  const { db, blobs, clock } = context;
  const { ref } = current.session;
  const { sha256 } = await blobs.put(signature.native);
  const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
  await db.transaction(async (tx) => {
    const at = clock.now();
    const locked = await lockVisit(tx, current);
    requireDue(locked, at, documentId, 'sign');
    // another tab may have chosen another way in the meantime
    if (requireWay(locked, documentId).method !== method.name)
      throw new SeglError('STEP_NOT_DUE', { why: 'sign' });
    await insertNativeSignature(tx, {
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
    await updateProgress(tx, ref, documentId, {
      signedAt: at.toISOString(),
      cprDue: due,
    });
    for (const entry of verificationTrail(documentId, signature, source)) {
      await addAudit(tx, ref, { at, ...entry });
    }
    await noteEvent(tx, current, 'document-signed', at, documentId);
  });
}
