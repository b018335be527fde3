/** NemID behind the port: the client in a frame, then, if it has to be asked for, a page for the CPR number. */
import { nemidProblems } from './problems.ts';
import type { SeglError } from '@segl/problem/errors';
import type {
  AuditFact,
  Evidence,
  IdentityMethod,
  MethodDeps,
  MethodInput,
  MethodTask,
  NationalId,
  Result,
  Show,
  Step,
  VerifiedIdentity,
} from '../../method.ts';
import type { ExpectedAuthentication } from './expected.ts';
import { NEMID_LOGIN_FORMAT, NEMID_SIGNATURE_FORMAT } from './evidence/formats.ts';
import { answerCpr, cprForm, findCpr, orderedCpr, type CprQuestion } from './cpr/national-id.ts';
import type {
  AuthenticationMethod,
  NationalIdSource,
  SignatureMethod,
  SignMaterial,
  StartedSignature,
  VerifiedAuthentication,
  VerifiedSignature,
} from './native-method.ts';
import { writeSignProperties } from './client/parameters.ts';
import { forget, isRemembered } from './cpr/remembered-cpr.ts';
import { employment } from './evidence/employment.ts';
import { writeSignText } from './client/sign-text.ts';

/** Between start and answer of the client, while it signs. */
interface Signing {
  readonly at: 'signing';
  readonly language: string;
  readonly challenge: string;
  readonly documentSha256: string;
  readonly digestList?: string;
  readonly mimeType: string;
  readonly startedAt: string;
}

/** The same, while the signer logs on. */
interface LoggingOn {
  readonly at: 'logging-on';
  readonly expected: ExpectedAuthentication;
}

/** The signature is there, the number is not. */
interface Asking {
  readonly at: 'asking';
  readonly question: CprQuestion;
  readonly identity: VerifiedIdentity;
}

type State = Signing | LoggingOn | Asking;

const read = (state: string): State => JSON.parse(state) as State;
const write = (state: State): string => JSON.stringify(state);

const notDue = (): SeglError =>
  nemidProblems.error('STEP_NOT_DUE', { why: nemidProblems.of('step/client-not-started') });

const frame = ({
  clientUrl,
  text,
  parameters,
}: Pick<StartedSignature, 'clientUrl' | 'text' | 'parameters'>): {
  show: Show;
  asked: Readonly<Record<string, string>>;
} => ({
  show: { as: 'frame', url: clientUrl, parameters, ...(text !== undefined && { text }) },
  asked: { 'parameters-digest': parameters['PARAMS_DIGEST'] ?? '' },
});

async function materialOf({ documents }: MethodTask): Promise<SignMaterial> {
  const [document, ...more] = documents;
  if (!document || more.length > 0) throw new TypeError('the client signs one document at a time');
  const { id, title, mediaType, note } = document;
  return {
    ...{ documentId: id, title, mimeType: mediaType, bytes: await document.read() },
    ...(note !== undefined && { signTextEntry: note }),
  };
}

type Verified = Pick<
  VerifiedSignature,
  'signer' | 'certificate' | 'native' | 'verdicts' | 'validation' | 'facts'
>;

const identityOf = ({ signer }: Verified, nationalId?: NationalId): VerifiedIdentity => ({
  subjectId: signer.uniqueId,
  displayName: signer.displayName,
  attributes: signer.attributes,
  certificate: { subjectDn: signer.subjectDn, issuerDn: signer.issuerDn },
  ...(nationalId && { nationalId }),
});

const evidenceOf = (
  { native, verdicts, validation, facts }: Verified,
  more: Pick<Evidence, 'at' | 'format'> & Partial<Pick<Evidence, 'documentId' | 'request'>>,
): Evidence => ({ native, checks: verdicts, validation, facts, ...more });

const compares = ({ nationalId }: NationalIdSource): boolean =>
  nationalId !== 'none' && nationalId !== 'never';

/** What follows the client's answer, whether it signed or logged on to confirm a statement. */
class AfterClient {
  readonly #method: NationalIdSource;
  readonly #deps: MethodDeps;

  constructor(method: NationalIdSource, deps: MethodDeps) {
    this.#method = method;
    this.#deps = deps;
  }

  /** With the number, or with the page that asks for it. Throws SIGNER_MISMATCH. */
  async identify(task: MethodTask, verified: Verified, evidence: Evidence): Promise<Step> {
    const { uniqueId } = verified.signer;
    const { subjectId } = task.expected;
    if (subjectId !== undefined && subjectId !== uniqueId) throw nemidProblems.error('SIGNER_MISMATCH');
    const { certificate } = verified;
    const found = await findCpr(this.#method, task, { uniqueId, certificate }, this.#deps);
    const result = (audit: readonly AuditFact[], nationalId?: NationalId): Result => ({
      identity: identityOf(verified, nationalId),
      evidence: [evidence],
      audit: [...employment(verified.signer), ...audit],
    });
    if (!found.due) return { kind: 'done', ...result(found.audit, found.nationalId) };
    const question = { uniqueId, key: Buffer.from(this.#deps.random(16)).toString('hex') };
    const kept = result([]);
    return {
      kind: 'show',
      state: write({ at: 'asking', question, identity: kept.identity }),
      show: await cprForm(question, this.#deps),
      kept,
    };
  }

  async answer(task: MethodTask, { question, identity }: Asking, input: MethodInput): Promise<Step> {
    if (input.kind !== 'fields') throw notDue();
    const answered = await answerCpr(this.#method, task, question, input.values, this.#deps);
    if ('kind' in answered) return answered;
    const { nationalId, audit } = answered;
    return { kind: 'done', identity: { ...identity, nationalId }, evidence: [], audit };
  }

  /** The client is started anew: what it is started with is valid for minutes. */
  async resume(state: string): Promise<Show | undefined> {
    const begun = read(state);
    return begun.at === 'asking' ? cprForm(begun.question, this.#deps) : undefined;
  }

  get remembered(): NonNullable<IdentityMethod['remembered']> {
    const { memory } = this.#deps;
    return {
      has: (service, subjectId) => isRemembered(memory(service), subjectId),
      forget: (service, subjectId) => forget(memory(service), subjectId),
    };
  }
}

/** A native signature over the document. */
export function signWith(method: SignatureMethod, deps: MethodDeps): IdentityMethod {
  const after = new AfterClient(method, deps);
  return {
    signs: 'native',
    comparesNationalIds: compares(method),
    remembered: after.remembered,
    async start(task, { origin, language }) {
      const material = await materialOf(task);
      const started = await method.start(material, { origin, language });
      const { signText: _, parameters: __, ...kept } = started.expected;
      const state = write({ at: 'signing', language, challenge: started.challenge, ...kept });
      return { kind: 'show', state, ...frame(started) };
    },
    async continue(task, state, input) {
      const begun = read(state);
      if (begun.at === 'asking') return after.answer(task, begun, input);
      if (begun.at !== 'signing' || input.kind !== 'message') throw notDue();
      const { language, challenge, ...rest } = begun;
      const material = await materialOf(task);
      const received = await method.receive(input.data, material, {
        ...rest,
        signText: writeSignText(material, language),
        parameters: { SIGN_PROPERTIES: writeSignProperties([['challenge', challenge]]) },
      });
      if (received.kind === 'error') return { kind: 'cancelled', code: received.code };
      const { signature } = received;
      const about = {
        documentId: material.documentId,
        at: signature.signingTime,
        format: NEMID_SIGNATURE_FORMAT,
      };
      return after.identify(task, signature, evidenceOf(signature, about));
    },
    resume: (state) => after.resume(state),
  };
}

/** A log-on, or one that confirms what the signer declared. */
export function logOnWith(method: AuthenticationMethod, deps: MethodDeps): IdentityMethod {
  const after = new AfterClient(method, deps);
  const evidence = (verified: VerifiedAuthentication, request: unknown): Evidence =>
    evidenceOf(verified, { at: verified.at, format: NEMID_LOGIN_FORMAT, request });
  return {
    comparesNationalIds: compares(method),
    remembered: after.remembered,
    async start({ binding }, { origin, language }) {
      const started = await method.start({ origin, language }, binding);
      return {
        kind: 'show',
        state: write({ at: 'logging-on', expected: started.expected }),
        ...frame(started),
      };
    },
    async continue(task, state, input) {
      const begun = read(state);
      if (begun.at === 'asking') return after.answer(task, begun, input);
      if (begun.at !== 'logging-on' || input.kind !== 'message') throw notDue();
      const { expected } = begun;
      // a log-on for what was declared before, or for another document, confirms nothing here
      if (expected.binding !== task.binding) throw notDue();
      const received = await method.receive(input.data, expected);
      if (received.kind === 'error') return { kind: 'cancelled', code: received.code };
      const { authentication } = received;
      const own = evidence(authentication, expected);
      if (task.binding !== undefined) return after.identify(task, authentication, own);
      const ordered = orderedCpr(task);
      const { signer, certificate } = authentication;
      if (ordered && !(await method.matchNationalId(signer.uniqueId, ordered, certificate))) {
        return { kind: 'refused', problem: nemidProblems.error('LOGIN_MISMATCH'), retry: 'restart' };
      }
      return { kind: 'done', identity: identityOf(authentication), evidence: [own], audit: [] };
    },
    resume: (state) => after.resume(state),
  };
}
