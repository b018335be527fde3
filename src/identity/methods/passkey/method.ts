/** Passkeys behind the port: the page asks for one, and what it signed is the hash of what the signer agrees to. */
import type { Problem } from '@segl/problem/problem';
import {
  commitToTask,
  nonceOf,
  restored,
  shortCode,
  withoutDocuments,
  type KeptCommitment,
} from '../../evidence/identity/commitment.ts';
import { keepEvidence, OTHER_DOCUMENTS } from '../../evidence/identity/kept.ts';
import { subjectIn } from '../../evidence/identity/proofs/passkey.ts';
import { object, text } from '../../evidence/identity/shape.ts';
import { readAuthenticatorData, readClientData } from '../../evidence/identity/webauthn.ts';
import type {
  CatalogueEntry,
  IdentityMethod,
  MethodDeps,
  MethodInput,
  MethodTask,
  Registration,
  Step,
  Use,
  Visitor,
} from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import { makeEvidence, type Assertion } from './evidence.ts';
import { passkeyProblems } from './problems.ts';
import { enrolment, LASTS, readKept, SCRIPT, TIMEOUT, type KeptPasskey } from './registration.ts';
import { relyingParty } from './relying-party.ts';

const DAY = 86_400;

/** What the page brings back; binary parts are base64url. `userHandle` is empty where the authenticator tells none. */
interface Answer extends Assertion {
  readonly id: string;
  readonly userHandle: string;
}

const binary = (most: number) => text(most, /^[\w-]+$/u);
const answerShape = object({
  id: binary(1_400),
  clientDataJSON: binary(6_000),
  authenticatorData: binary(3_000),
  signature: binary(1_400),
  userHandle: text(100, /^[\w-]*$/u),
});

interface Begun {
  readonly commitment: KeptCommitment;
}

export function passkeyMethod(
  entry: CatalogueEntry,
  use: Use,
  rpId: string | undefined,
  deps: MethodDeps,
): IdentityMethod {
  const method = new PasskeyMethod(entry, use, rpId, deps);
  return {
    ...(use === 'sign' && { signs: 'native' as const, together: true as const }),
    comparesNationalIds: true,
    start: (task, visitor) => method.start(task, visitor),
    continue: (task, state, input, visitor) => method.continue(task, state, input, visitor),
    remembered: {
      has: async (service, subjectId) => (await deps.registrations().of(service, subjectId)).length > 0,
      async forget(service, subjectId) {
        const count = await deps.registrations().forget(service, subjectId);
        if (count === 0) return undefined;
        const description = 'The signer asked to have their passkeys forgotten';
        return { type: 'passkeys-forgotten', of: 'creation', data: { count: String(count), description } };
      },
    },
    enrols: enrolment(rpId, deps),
  };
}

interface Found {
  readonly row: Registration;
  readonly kept: KeptPasskey;
}

class PasskeyMethod {
  readonly #entry: CatalogueEntry;
  readonly #use: Use;
  readonly #rpId: string | undefined;
  readonly #deps: MethodDeps;

  constructor(entry: CatalogueEntry, use: Use, rpId: string | undefined, deps: MethodDeps) {
    this.#entry = entry;
    this.#use = use;
    this.#rpId = rpId;
    this.#deps = deps;
  }

  async start(task: MethodTask, { language, origin }: Visitor): Promise<Step> {
    const { clock, random } = this.#deps;
    const party = relyingParty(origin, this.#rpId);
    if ('problem' in party) {
      const problem = passkeyProblems.error('PASSKEY_UNAVAILABLE', { why: party.problem });
      return { kind: 'refused', problem, retry: 'never' };
    }
    const commitment = await commitToTask(
      task,
      { level: this.#entry.assurance, language },
      { now: clock.now(), random },
    );
    const begun: Begun = { commitment: withoutDocuments(commitment) };
    const challenge = nonceOf(commitment);
    return {
      kind: 'show',
      state: JSON.stringify(begun),
      show: {
        as: 'script',
        module: SCRIPT,
        // none is named: which passkeys somebody has is for their authenticator to tell
        options: {
          get: { challenge, rpId: party.rpId, userVerification: 'required', timeout: TIMEOUT },
        },
      },
      asked: {
        'commitment-sha256': Buffer.from(challenge, 'base64url').toString('base64'),
        'short-code': shortCode(commitment),
      },
    };
  }

  async continue(task: MethodTask, state: string, input: MethodInput, visitor: Visitor): Promise<Step> {
    const given = input.kind === 'script' ? input.result : undefined;
    if (answerShape(given, '') !== undefined)
      return this.#refused('format', passkeyProblems.of('passkey/answer'));
    const answer = given as Answer;
    const { commitment } = JSON.parse(state) as Begun;
    const found = await this.#find(task, answer);
    if ('kind' in found) return found;
    const replayed = await this.#replayed(commitment, answer);
    if (replayed) return replayed;
    return this.#judge(task, commitment, found, answer, visitor);
  }

  /** The passkey, if it is registered with this account. */
  async #find({ service }: MethodTask, { id, userHandle }: Answer): Promise<Found | Step> {
    const row = await this.#deps.registrations().find(id);
    const kept = row && readKept(row, ({ credentialId }) => credentialId === id);
    if (!row || !kept || (userHandle !== '' && userHandle !== kept.userHandle))
      return { kind: 'refused', problem: passkeyProblems.error('PASSKEY_UNKNOWN'), retry: 'restart' };
    return row.service === service
      ? { row, kept }
      : { kind: 'refused', problem: passkeyProblems.error('PASSKEY_OTHER_ACCOUNT'), retry: 'restart' };
  }

  /** An answer counts once: noted before it is judged, so that of two at the same time one is the second. */
  async #replayed({ hash }: KeptCommitment, { clientDataJSON }: Answer): Promise<Step | undefined> {
    const memory = this.#deps.memory();
    const challenge = readClientData(Buffer.from(clientDataJSON, 'base64url'))?.challenge ?? '';
    const isOurs = challenge === hash;
    const uses = isOurs
      ? (await memory.count('answered', challenge, DAY)).count - 1
      : await memory.counted('answered', challenge);
    return uses === 0 ? undefined : this.#refused('replay', passkeyProblems.of('passkey/replayed'));
  }

  async #judge(
    task: MethodTask,
    begun: KeptCommitment,
    { row, kept }: Found,
    answer: Answer,
    visitor: Visitor,
  ): Promise<Step> {
    const { clock, random, registrations } = this.#deps;
    const at = clock.now();
    const commitment = await restored(task, begun);
    if (!commitment) return this.#refused(OTHER_DOCUMENTS.check, OTHER_DOCUMENTS.why);
    const compared = task.expected.nationalId !== undefined;
    const isNumbered = compared || this.#entry.attributes.includes('national-id');
    if (compared && !kept.nationalId)
      return this.#refused('identity', passkeyProblems.of('passkey/no-number'));
    const bytes = makeEvidence({
      ...{ entry: this.#entry, commitment, kept, counter: row.counter, assertion: answer, visitor, at },
      purpose: this.#use === 'sign' ? 'sign' : 'log-on',
      numbered: isNumbered ? { salt: Buffer.from(random(32)).toString('base64url'), compared } : undefined,
    });
    const judged = await keepEvidence(bytes, task, at);
    if ('failure' in judged) return this.#refused(judged.failure.check, judged.failure.why);
    if (isOther(task, kept)) {
      const code = this.#use === 'sign' ? 'SIGNER_MISMATCH' : 'LOGIN_MISMATCH';
      return { kind: 'refused', problem: passkeyProblems.error(code), retry: 'restart' };
    }
    const counter = readAuthenticatorData(Buffer.from(answer.authenticatorData, 'base64url'))?.counter ?? 0;
    const until = new Date(at.getTime() + LASTS);
    if (!(await registrations().used(row.ref, { counter, at, until })))
      return this.#refused('counter', identityProblems.of('passkey/counter'));
    const { restsOn } = kept.registration;
    return {
      kind: 'done',
      identity: {
        subjectId: subjectIn(restsOn),
        displayName: kept.name,
        ...(isNumbered && kept.nationalId && { nationalId: kept.nationalId }),
        attributes: [
          { name: 'level', value: judged.evidence.assurance.level },
          { name: 'identified-by', value: restsOn.method },
          { name: 'identified-as', value: restsOn.subject },
        ],
      },
      evidence: judged.kept,
      audit: [],
    };
  }

  #refused(check: string, why: Problem): Step {
    const code = this.#use === 'sign' ? 'NATIVE_SIGNATURE_REFUSED' : 'LOGIN_REFUSED';
    return { kind: 'refused', problem: passkeyProblems.error(code, { check, why }), retry: 'restart' };
  }
}

/** Somebody else than the order is for, or than acted before in this session. */
function isOther({ expected }: MethodTask, { registration, nationalId }: KeptPasskey): boolean {
  const bare = (number: string): string => number.trim().replace(/[\s-]/g, '').toUpperCase();
  return (
    (expected.subjectId !== undefined && expected.subjectId !== subjectIn(registration.restsOn)) ||
    (expected.nationalId !== undefined && bare(expected.nationalId) !== bare(nationalId?.id ?? ''))
  );
}
