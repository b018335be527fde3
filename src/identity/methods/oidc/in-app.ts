/**
 * The signer is asked in their app, while the page waits (CIBA). Nothing is sent to the app before they say so on the page; then
 * each poll of the page may become a question to the provider, never more often than it allows, and never two at once. All
 * that is needed to go on is in the state, so that it does not matter which process asks.
 */
import { createHash } from 'node:crypto';
import {
  nonceOf,
  restored,
  shortCode,
  withoutDocuments,
  type KeptCommitment,
} from '../../evidence/identity/commitment.ts';
import { OTHER_DOCUMENTS } from '../../evidence/identity/kept.ts';
import { ID_TOKEN } from '../../evidence/identity/proofs/id-token.ts';
import type { IdentityMethod, MethodInput, MethodTask, Show, Step, Visitor } from '../../method.ts';
import type { OidcAct } from './act.ts';
import { askedProofs, askInApp, pollOnce, requestId, type AskedInApp, type Polled } from './backchannel.ts';
import type { Exchanged } from './exchange.ts';
import { oidcProblems } from './problems.ts';
import type { Backchannel } from './profiles/profile.ts';
import { refusalOf, requestErrorOf, type Refusal } from './refusal.ts';

/** Requests to one person within an hour, whatever they are about: nobody is worn out until they approve. */
export const MAX_ASKED = 5;

const HOUR = 3_600;
const DAY = 86_400;
/** Seconds that one question to the provider may take, all its requests together. */
const LONGEST_POLL = 90;
/** Milliseconds after its end in which a request is still asked after: it may have been approved just before. */
const GRACE = 60_000;

/** Before anybody is asked. `typed`: the signer has to say whom. */
interface Unasked {
  readonly at: 'start';
  readonly typed: boolean;
}

/** Times in milliseconds. */
interface Waiting {
  readonly at: 'waiting';
  readonly typed: boolean;
  readonly commitment: KeptCommitment;
  readonly code: string;
  readonly asked: AskedInApp;
  /** Seconds between two questions, and when the next may be put. */
  readonly interval: number;
  readonly nextAt: number;
  readonly until: number;
}

type State = Unasked | Waiting;

export function inAppMethod(
  act: OidcAct,
  way: Backchannel,
): Pick<IdentityMethod, 'start' | 'continue' | 'resume'> {
  const method = new InAppMethod(act, way);
  return {
    start: (task) => method.start(task),
    continue: (task, state, input, visitor) =>
      method.continue(task, JSON.parse(state) as State, input, visitor),
    resume: (state) => method.resume(JSON.parse(state) as State),
  };
}

class InAppMethod {
  readonly #act: OidcAct;
  readonly #way: Backchannel;

  constructor(act: OidcAct, way: Backchannel) {
    this.#act = act;
    this.#way = way;
  }

  async start(task: MethodTask): Promise<Step> {
    const typed = this.#ordered(task) === undefined;
    if (typed && !this.#way.asksSigner) {
      const what = oidcProblems.of(this.#way.knownBy === 'phone' ? 'oidc/no-phone' : 'oidc/no-national-id');
      const problem = oidcProblems.error('APP_USER_MISSING', { what });
      return { kind: 'refused', problem, retry: 'never' };
    }
    const state: Unasked = { at: 'start', typed };
    return { kind: 'show', state: JSON.stringify(state), show: this.#form(state) };
  }

  async resume(state: State): Promise<Show> {
    return state.at === 'waiting' && (await this.#isOpen(state)) ? waitingFor(state) : this.#form(state);
  }

  async continue(task: MethodTask, state: State, input: MethodInput, visitor: Visitor): Promise<Step> {
    if (state.at === 'waiting' && input.kind === 'poll') return this.#poll(task, state, visitor);
    if (state.at === 'waiting' && (await this.#isOpen(state))) return again(state, waitingFor(state));
    if (input.kind !== 'fields') return again(state, this.#form(state));
    const person = this.#ordered(task) ?? this.#read(input.values[this.#field]);
    if (person === undefined) {
      return { kind: 'refused', problem: oidcProblems.error('APP_USER_UNREADABLE'), retry: 'again' };
    }
    return this.#ask(task, state, person, visitor);
  }

  /** Throws UNAVAILABLE, METHOD_UNSUPPORTED. */
  async #ask(task: MethodTask, { typed }: State, person: string, visitor: Visitor): Promise<Step> {
    const { deps, provider } = this.#act;
    const asking = await deps.memory().count('asked', `${provider.id}:${person}`, HOUR);
    if (asking.count > MAX_ASKED) {
      await asking.withdraw();
      return { kind: 'refused', problem: oidcProblems.error('APP_ASKED_TOO_OFTEN'), retry: 'never' };
    }
    const commitment = await this.#act.commit(task, visitor);
    const nonce = nonceOf(commitment);
    const now = deps.clock.now();
    const parameters = this.#way.ask({ ...this.#act.asked(task, commitment), person, ip: visitor.ip });
    let asked: AskedInApp;
    try {
      const request = { nonce, scopes: this.#act.scopes(task), parameters };
      asked = await askInApp(provider, await provider.connect(), request, now);
    } catch (error) {
      const said = requestErrorOf(error);
      if (said === undefined) throw this.#act.unavailable(error);
      if (said === 'unknown_user_id')
        return { kind: 'refused', problem: oidcProblems.error('APP_USER_UNKNOWN'), retry: 'again' };
      return this.#act.refused({ check: 'answer', why: oidcProblems.of('oidc/answer', { said }) });
    }
    const { interval, expiresIn } = asked;
    const code = shortCode(commitment);
    const state: Waiting = {
      ...{ at: 'waiting', typed, commitment: withoutDocuments(commitment), code, asked, interval },
      nextAt: now.getTime() + interval * 1000,
      until: now.getTime() + expiresIn * 1000,
    };
    return {
      kind: 'show',
      state: JSON.stringify(state),
      show: waitingFor(state),
      asked: { 'commitment-sha256': Buffer.from(nonce, 'base64url').toString('base64'), 'short-code': code },
    };
  }

  async #poll(task: MethodTask, state: Waiting, visitor: Visitor): Promise<Step> {
    const { clock, memory } = this.#act.deps;
    const id = requestId(state.asked);
    const over = await memory().get('over', id);
    if (over) return { kind: 'cancelled', code: over.value };
    const now = clock.now().getTime();
    if (now < state.nextAt) return again(state, waitingFor(state));
    if (now > state.until + GRACE) return this.#end(id, 'expired_token');
    // another tab, or another process; what the first of them learns is stored before this one may ask
    const turn = await memory().count('polling', id, LONGEST_POLL);
    if (turn.count > 1) {
      await turn.withdraw();
      return again(state, waitingFor(state));
    }
    let polled: Polled;
    try {
      polled = await this.#askProvider(task, state);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      return this.#refuse(id, refusal.check === 'code' ? USED : refusal);
    }
    if (polled.kind === 'ended') return this.#end(id, polled.code);
    if (polled.kind === 'answered') return this.#judge(task, state, polled.exchanged, visitor);
    const { interval } = polled;
    const next: Waiting = { ...state, interval, nextAt: clock.now().getTime() + interval * 1000 };
    await turn.withdraw();
    return again(next, waitingFor(next));
  }

  /** A provider that cannot be reached is waited for. */
  async #askProvider(task: MethodTask, { asked, interval }: Waiting): Promise<Polled> {
    const connection = await this.#act.provider.connect().catch(() => undefined);
    return connection
      ? pollOnce(connection, asked, interval, this.#act.wantsMore(task))
      : { kind: 'waiting', interval };
  }

  async #judge(task: MethodTask, state: Waiting, exchanged: Exchanged, visitor: Visitor): Promise<Step> {
    const id = requestId(state.asked);
    const commitment = await restored(task, state.commitment);
    if (!commitment) return this.#refuse(id, OTHER_DOCUMENTS);
    const token = exchanged.proofs.find(({ role }) => role === ID_TOKEN)?.bytes ?? Buffer.alloc(0);
    // nothing in it says that it was given for this request
    const digest = createHash('sha256').update(token).digest('hex');
    const { count } = await this.#act.deps.memory().count('token', digest, DAY);
    if (count > 1) return this.#refuse(id, { check: 'replay', why: oidcProblems.of('oidc/token-used') });
    const { clientKey } = await this.#act.provider.connect();
    const step = await this.#act.judge(task, {
      ...{ commitment, started: state.commitment.created, exchanged, visitor },
      asked: askedProofs(state.asked),
      inApp: state.asked.isSigned && clientKey ? { clientKeys: clientKey.published } : {},
    });
    if (step.kind !== 'done') await this.#close(id, 'refused');
    return step;
  }

  async #end(id: string, code: string): Promise<Step> {
    await this.#close(id, code);
    return { kind: 'cancelled', code };
  }

  async #refuse(id: string, refusal: Refusal): Promise<Step> {
    await this.#close(id, 'refused');
    return this.#act.refused(refusal);
  }

  /** Nobody asks after it any more. */
  async #close(id: string, code: string): Promise<void> {
    const { clock, memory } = this.#act.deps;
    const since = clock.now();
    await memory().put('over', id, code, { since, until: new Date(since.getTime() + DAY * 1000) });
  }

  async #isOpen({ until, asked }: Waiting): Promise<boolean> {
    const { clock, memory } = this.#act.deps;
    const isLate = clock.now().getTime() > until + GRACE;
    return !isLate && !(await memory().has('over', requestId(asked)));
  }

  #form({ typed }: State): Show {
    const problems = ['APP_USER_UNREADABLE', 'APP_USER_UNKNOWN'];
    const name = this.#field;
    return typed
      ? {
          as: 'form',
          text: `ask-${name}`,
          fields: [{ name, type: 'text', required: true, hint: true, maxLength: 24, problems }],
        }
      : { as: 'form', text: 'ask', fields: [] };
  }

  get #field(): string {
    return this.#way.knownBy === 'phone' ? 'phone' : 'number';
  }

  /** Whom the order is for, as the provider knows people; undefined: it does not tell, or nothing that could be one. */
  #ordered({ expected }: MethodTask): string | undefined {
    return this.#read(this.#way.knownBy === 'phone' ? expected.mobile : expected.nationalId);
  }

  #read(text = ''): string | undefined {
    if (this.#way.knownBy === 'phone') {
      const number = text.replace(/[\s().-]/g, '').replace(/^00/, '+');
      return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined;
    }
    // in Finland the separator tells the century
    const isFinnish = this.#act.eid.nationalId?.country === 'FI';
    const number = text.replace(isFinnish ? /\s/g : /[\s-]/g, '').toUpperCase();
    return /^(?=(?:.*\d){6})[0-9A-Z+-]{6,20}$/.test(number) ? number : undefined;
  }
}

const USED: Refusal = { check: 'answers-request', why: oidcProblems.of('oidc/request-used') };

const waitingFor = ({ code, interval }: Waiting): Show => ({
  as: 'poll',
  afterMs: interval * 1000,
  code,
  text: 'wait',
});

/** The same page; only the state may be another. */
const again = (state: State, show: Show): Step => ({
  kind: 'show',
  state: JSON.stringify(state),
  show,
  again: true,
});
