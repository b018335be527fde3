/** Signing: the eID's client is started, what it gives is judged and kept, and the CPR number is matched. See SigningFlow. */
import { serverProblems } from '../../problems.ts';
import type { SignatureOutcome, StartedSigning } from '../signing-api.ts';
import type { ClientInfo, SessionKey } from '../../domain/signing-session/client-info.ts';
import { findLogin } from '../../adapters/postgres/logins.ts';
import { addAudit, listNativeSignatures, updateProgress } from '../../adapters/postgres/sessions.ts';
import type { FlowContext } from '../context.ts';
import { findCpr } from './cpr-step.ts';
import { keepSignature } from './keep-signature.ts';
import { signingClient } from './signing-client.ts';
import { noteEvent, visitAt } from './visit.ts';

export async function startSigning(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  page: { origin: string; language: string; client: ClientInfo },
): Promise<StartedSigning> {
  const { db, clock } = context;
  const { current, chosen } = await visitAt(context, key, documentId, 'sign');
  const { method, ...client } = await signingClient(context, current, chosen);
  const { started, expected } = await client.start(page);
  await db.transaction(async (tx) => {
    await updateProgress(tx, key.ref, documentId, { ...expected, method: method.name });
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
  const { way, method, ...signer } = await signingClient(context, current, chosen);
  const received = await signer.receive(result.response);
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
  // handwriting alone tells nobody's identity
  const earlier = (await listNativeSignatures(db, key.ref)).filter(
    ({ evidence }) => evidence.signer.uniqueId !== '',
  );
  if ([login, ...earlier].some((one) => one && one.evidence.signer.uniqueId !== uniqueId))
    throw serverProblems.error('SIGNER_MISMATCH');
  const cpr = await findCpr(context, current, method, uniqueId, earlier);
  const { client } = result;
  await keepSignature(context, current, documentId, { way, signature, client, cpr });
  return { kind: 'accepted' };
}
