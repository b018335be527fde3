/** Registering for a method the next time, by whoever was identified by another one in this session. See SigningFlow.enrol. */
import type { IdentifiedPerson, MethodInput } from '@segl/identity/method';
import { titleIn, type AccountEid, type AccountMethod } from '@segl/identity/registry';
import { serverProblems } from '../../problems.ts';
import { findLogin, type LoginRow } from '../../adapters/postgres/sessions/logins.ts';
import {
  addAudit,
  expectEnrolment,
  listNativeSignatures,
  takeEnrolment,
  type NativeSignatureRow,
} from '../../adapters/postgres/sessions/sessions.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import type { FlowContext } from '../context.ts';
import type { SignerPage, StartedMethod } from '../signing-api.ts';
import { openStep, sealStep, visitorOf } from './method-step.ts';
import { dueIn, requireActive, signingSession, type SigningSession } from './signing-session.ts';

/** What is sealed with the session is for no document, and is not taken for what a log-on remembers. */
const ENROLMENT = '\0enrolment';

interface Offer {
  readonly method: AccountMethod;
  readonly enrols: NonNullable<AccountMethod['method']['enrols']>;
  readonly person: IdentifiedPerson;
}

/** Undefined: there is nothing to offer, or it was taken. */
export async function startEnrolling(
  context: FlowContext,
  key: SessionKey,
  page: SignerPage,
): Promise<StartedMethod | undefined> {
  const current = await signingSession(context, key);
  const offer = await offerIn(context, current);
  const started = offer && (await offer.enrols.start(offer.person, visitorOf(page)));
  if (!started) return undefined;
  const { method } = offer;
  const begun = sealStep(context, current, ENROLMENT, method, started.state);
  await expectEnrolment(context.db, key.ref, begun);
  return { title: titleIn(method, page.language), module: method.module, show: started.show };
}

export async function enrol(
  context: FlowContext,
  key: SessionKey,
  { input, ...page }: SignerPage & { readonly input: MethodInput },
): Promise<{ readonly module: string }> {
  const { db, clock } = context;
  const current = await signingSession(context, key);
  const offer = await offerIn(context, current);
  // an answer counts once, whatever comes of it
  const begun = await takeEnrolment(db, key.ref);
  if (!offer)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/method-not-started') });
  const { method, enrols, person } = offer;
  const state = openStep(context, current, ENROLMENT, method, begun);
  const { type, of: trail, data } = await enrols.take(person, state, input, visitorOf(page));
  await addAudit(db, key.ref, { at: clock.now(), type, trail, data });
  return { module: method.module };
}

/** At the end only, where everything that the order asks for is done. */
async function offerIn(context: FlowContext, current: SigningSession): Promise<Offer | undefined> {
  const { order, session } = current;
  requireActive(current, context.clock.now());
  if (dueIn(current).kind !== 'send-in') return undefined;
  const eid = await context.eid.of(order.service);
  const method = enrolling(eid);
  const enrols = method?.method.enrols;
  if (!method || !enrols) return undefined;
  const login = await findLogin(context.db, session.ref);
  const rows = [...(await listNativeSignatures(context.db, session.ref)), ...(login ? [login] : [])];
  const person = rows
    .flatMap((row) => identified(eid, order.service, row) ?? [])
    // whoever was known by a registration alone was not identified anew
    .find(({ by }) => by.module !== method.module);
  return person && { method, enrols, person };
}

/** The first method on offer that people register for. */
function enrolling({ methods, logins }: AccountEid): AccountMethod | undefined {
  const known = [methods, logins].flatMap((registry) => registry.names.map((name) => registry.get(name)));
  return known.find(({ method }) => method.enrols !== undefined);
}

function identified(
  { methods, logins }: AccountEid,
  service: string,
  row: NativeSignatureRow | LoginRow,
): IdentifiedPerson | undefined {
  const isSignature = 'verifiedAt' in row;
  const registry = isSignature && row.evidence.witnessed !== true ? methods : logins;
  const by = registry.find(row.method);
  // handwriting alone is by no method, and tells nobody's identity
  if (!by) return undefined;
  const { signer } = row.evidence;
  const kind = isSignature ? row.evidence.nationalIdKind : undefined;
  const format = isSignature ? row.evidence.format : undefined;
  return {
    service,
    by: { name: by.name, module: by.module, assurance: by.assurance, eid: by.eid ?? by.family },
    subjectId: signer.uniqueId,
    displayName: signer.displayName,
    ...(isSignature && row.nationalId !== null && kind && { nationalId: { id: row.nationalId, ...kind } }),
    evidence: {
      format: format ?? 'login',
      sha256: row.sha256,
      at: isSignature ? new Date(row.evidence.signingTime) : row.authenticatedAt,
    },
  };
}
