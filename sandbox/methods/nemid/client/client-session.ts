import { randomUUID, type KeyObject } from 'node:crypto';
import { readTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import type { Clock } from '@segl/problem/clock';
import type { Logger } from 'pino';
import type { TestPerson } from '../persons.ts';
import { isPassword } from './account-rules.ts';
import type { Accounts } from './accounts.ts';
import { checkParameters, type ClientRequest, type FindProvider } from './client-parameters.ts';
import { printedSerial, type KeyChallenge } from './key-card.ts';
import { writeNativeSignature, type SignatureProperty } from './native-signature.ts';
import type { TransactionLog } from './transactions.ts';
import { isErrorCode } from './ways.ts';

/** The screen that the client shows next, or how it ends. */
export type ClientView =
  | {
      readonly view: 'user';
      readonly session: string;
      readonly flow: 'login' | 'sign';
      readonly language: 'da' | 'en';
      readonly friendlyName: string;
      readonly mayCancel: boolean;
      readonly problem?: 'user';
      readonly attemptsLeft?: number;
    }
  | {
      readonly view: 'key';
      /** With dashes, as clients print it. */
      readonly card: string;
      readonly number: string;
      readonly problem?: 'key';
      readonly attemptsLeft?: number;
    }
  /** The password was a temporary one. */
  | { readonly view: 'new-password'; readonly problem?: 'new-password' }
  | { readonly view: 'sign'; readonly text: string; readonly monospace: boolean; readonly name: string }
  /** What the page hands to the provider: base64 of the signed message or of an error code. */
  | { readonly view: 'end'; readonly response: string };

/** Key and certificates (leaf, issuing CA, root) of a person. */
export type FindIdentity = (person: TestPerson) => {
  key: KeyObject;
  certificates: readonly [Uint8Array, Uint8Array, Uint8Array];
};

interface Session {
  readonly request: ClientRequest;
  readonly step: 'user' | 'key' | 'new-password' | 'sign';
  readonly person?: TestPerson;
  /** Those before the last one are not waited for any more. */
  readonly challenges: readonly KeyChallenge[];
  readonly lastUsed: number;
}

const IDLE_MILLISECONDS = 10 * 60_000;
const CHALLENGE_MILLISECONDS = 5 * 60_000;
const MOST_SESSIONS = 1000;

/** How a client ends with an error code. */
export const ended = (code: string): ClientView => ({
  view: 'end',
  response: Buffer.from(code, 'latin1').toString('base64'),
});

export interface ClientWorld {
  readonly accounts: Accounts;
  readonly identityOf: FindIdentity;
  readonly findProvider: FindProvider;
  /** Keeps a password that the user has chosen. */
  readonly setPassword: (person: TestPerson, password: string) => Promise<void>;
  readonly transactions: TransactionLog;
  /** Counts what was done for a provider. */
  readonly bill: (providerId: string, operation: 'logon' | 'sign') => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The client's side on the server: keys never leave it. A session walks user → key → (new password) → sign; a call
 * that does not fit the step, or comes too late, ends with SRV006.
 */
export class ClientSessions {
  readonly #sessions = new Map<string, Session>();
  readonly #world: ClientWorld;
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(world: ClientWorld) {
    this.#world = world;
    this.#accounts = world.accounts;
    this.#clock = world.clock;
    this.#log = world.log;
  }

  /** `parameters` is the JSON text from the page, `origin` its origin as the browser told it, `address` the user's. */
  async start(parameters: string, origin: string, address: string): Promise<ClientView> {
    const now = this.#clock.now();
    const { findProvider, transactions } = this.#world;
    const checked = checkParameters(parameters, origin, { now, findProvider, address });
    if (checked.kind === 'refused') {
      const { code, why } = checked;
      this.#log.warn({ code, why }, 'NemID client parameters refused');
      await transactions.add({ event: 'parameters refused', why, code });
      return ended(code);
    }
    this.#forgetIdle(now.getTime());
    const id = randomUUID();
    const session: Session = {
      request: checked.request,
      step: 'user',
      challenges: [],
      lastUsed: now.getTime(),
    };
    this.#sessions.set(id, session);
    return this.#userView(id, session);
  }

  async password(id: string, userId: string, password: string): Promise<ClientView> {
    const session = this.#take(id, 'user');
    if (!session) return ended('SRV006');
    const person = this.#accounts.find(userId);
    const attempt = person && (await this.#accounts.tryPassword(person, password));
    if (person && attempt?.kind === 'refused') return this.#end({ ...session, person }, attempt.code);
    if (person && attempt?.kind === 'right') {
      await this.#note({ ...session, person }, 'password right');
      const ending = await this.#accounts.takeEnding(person, 'password');
      if (ending) return this.#end({ ...session, person }, ending);
      return this.#ask(id, { ...session, person });
    }
    if (person) await this.#note({ ...session, person }, 'password wrong');
    this.#keep(id, session);
    return {
      ...this.#userView(id, session),
      problem: 'user',
      // an unknown user id looks like a wrong password, but for the count
      ...(attempt?.kind === 'wrong' ? { attemptsLeft: attempt.attemptsLeft } : {}),
    };
  }

  async key(id: string, key: string, userAgent: string): Promise<ClientView> {
    const session = this.#take(id, 'key');
    const [challenge, ...before] = [...(session?.challenges ?? [])].reverse();
    if (!session?.person || !challenge) return ended('SRV006');
    const { person } = session;
    if (this.#clock.now().getTime() - session.lastUsed > CHALLENGE_MILLISECONDS) {
      return this.#end(session, 'AUTH012');
    }
    if (before.some(({ serial, number }) => this.#accounts.keyOn(serial, number) === key.trim())) {
      return this.#end(session, 'AUTH010');
    }
    const attempt = await this.#accounts.tryKey(person, challenge, key);
    if (attempt.kind === 'refused') return this.#end(session, attempt.code);
    if (attempt.kind === 'wrong') {
      await this.#note(session, 'key wrong');
      const next = await this.#ask(id, session);
      return next.view === 'key' ? { ...next, problem: 'key', attemptsLeft: attempt.attemptsLeft } : next;
    }
    await this.#note(session, 'key right');
    const ending = this.#accounts.ocesRefusal(person) ?? (await this.#accounts.takeEnding(person, 'key'));
    if (ending) return this.#end(session, ending);
    if (this.#accounts.account(person).password === 'temporary') {
      this.#keep(id, { ...session, step: 'new-password' });
      return { view: 'new-password' };
    }
    return this.#afterLogOn(id, session, userAgent);
  }

  /** The user's own password, in place of the temporary one. */
  async newPassword(id: string, password: string, userAgent: string): Promise<ClientView> {
    const session = this.#take(id, 'new-password');
    if (!session?.person) return ended('SRV006');
    if (!isPassword(password) || password === session.person.password) {
      this.#keep(id, session);
      return { view: 'new-password', problem: 'new-password' };
    }
    await this.#world.setPassword(session.person, password);
    await this.#note(session, 'temporary password changed');
    return this.#afterLogOn(id, session, userAgent);
  }

  async sign(id: string, userAgent: string): Promise<ClientView> {
    const session = this.#take(id, 'sign');
    if (!session?.person) return ended('SRV006');
    return this.#finish(session, session.person, userAgent);
  }

  /** The user leaves. A temporary password that was typed is spent (CAN001). */
  async cancel(id: string): Promise<ClientView> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (!session) return ended('CAN002');
    const { person } = session;
    if (!person || this.#accounts.account(person).password !== 'temporary') {
      return this.#end(session, 'CAN002');
    }
    await this.#accounts.change(person, { password: 'spent' });
    return this.#end(session, 'CAN001');
  }

  /** Ends as a tester asks for it. */
  async endWith(id: string, code: string): Promise<ClientView> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (!session || !isErrorCode(code)) return ended('SRV006');
    return this.#end(session, code);
  }

  /** The client asks whether it may stay open; undefined: yes. A session that nobody uses ends with CAN003. */
  async idle(id: string): Promise<ClientView | undefined> {
    const session = this.#sessions.get(id);
    if (!session || this.#clock.now().getTime() - session.lastUsed <= IDLE_MILLISECONDS) return undefined;
    this.#sessions.delete(id);
    return this.#end(session, 'CAN003');
  }

  /** Asks for the next key. */
  async #ask(id: string, session: Session): Promise<ClientView> {
    const challenge = session.person && (await this.#accounts.challenge(session.person));
    if (!challenge) return ended('SRV006');
    if ('code' in challenge) return this.#end(session, challenge.code);
    this.#keep(id, { ...session, step: 'key', challenges: [...session.challenges, challenge] });
    return keyView(challenge);
  }

  async #afterLogOn(id: string, session: Session, userAgent: string): Promise<ClientView> {
    const { request, person } = session;
    if (!person) return ended('SRV006');
    if (request.flow === 'login') return this.#finish(session, person, userAgent);
    this.#keep(id, { ...session, step: 'sign' });
    return {
      view: 'sign',
      text: Buffer.from(request.signText).toString('utf8'),
      monospace: request.monospace,
      name: person.name,
    };
  }

  async #finish(session: Session, person: TestPerson, userAgent: string): Promise<ClientView> {
    const { request } = session;
    const ending = this.#accounts.refusal(person) ?? (await this.#accounts.takeEnding(person, 'sign'));
    if (ending) return this.#end(session, ending);
    const { key, certificates } = this.#world.identityOf(person);
    const message = writeNativeSignature({
      properties: signedProperties(request, userAgent),
      key,
      certificates,
    });
    await this.#note(session, request.flow === 'sign' ? 'signed' : 'logged on');
    await this.#world.bill(request.providerId, request.flow === 'sign' ? 'sign' : 'logon');
    this.#log.info({ userId: person.userId, flow: request.flow }, 'NemID message signed');
    return { view: 'end', response: Buffer.from(message).toString('base64') };
  }

  async #end(session: Session, code: string): Promise<ClientView> {
    await this.#note(session, 'ended', code);
    return ended(code);
  }

  #note({ request, person }: Session, event: string, code?: string): Promise<void> {
    return this.#world.transactions.add({
      ...(person && { userId: person.userId }),
      provider: request.friendlyName,
      flow: request.flow,
      event,
      ...(code !== undefined && { code }),
    });
  }

  #userView(session: string, { request }: Session): Extract<ClientView, { view: 'user' }> {
    const { flow, language, friendlyName, mayCancel } = request;
    return { view: 'user', session, flow, language, friendlyName, mayCancel };
  }

  /** Takes the session out, so that two calls at once cannot both use it. */
  #take(id: string, step: Session['step']): Session | undefined {
    const session = this.#sessions.get(id);
    if (!session || this.#clock.now().getTime() - session.lastUsed > IDLE_MILLISECONDS) return undefined;
    if (session.step !== step) return undefined;
    this.#sessions.delete(id);
    return session;
  }

  #keep(id: string, session: Session): void {
    this.#sessions.set(id, { ...session, lastUsed: this.#clock.now().getTime() });
  }

  #forgetIdle(now: number): void {
    for (const [id, { lastUsed }] of this.#sessions) {
      if (now - lastUsed > IDLE_MILLISECONDS || this.#sessions.size >= MOST_SESSIONS)
        this.#sessions.delete(id);
      else break;
    }
  }
}

const keyView = ({ serial, number }: KeyChallenge): Extract<ClientView, { view: 'key' }> => ({
  view: 'key',
  card: printedSerial(serial),
  number,
});

/** The properties of the message, in the encodings of real ones; the provider's own are carried as they came. */
function signedProperties(request: ClientRequest, userAgent: string): SignatureProperty[] {
  const timestamp = /^\d{4}-/.test(request.timestamp)
    ? request.timestamp
    : // epoch milliseconds and base64 are echoed as the time that was understood
      (readTimestamp(request.timestamp)?.toISOString().slice(0, 19).replace('T', ' ') ?? '') + '+0000';
  const own = request.properties.map(([name, value]): SignatureProperty =>
    name === 'attachedpdf'
      ? { name, value: Buffer.from(value, 'base64'), encoding: 'base64', visible: false }
      : { name, value, encoding: 'xml', visible: false },
  );
  const useragent = { name: 'useragent', value: userAgent, encoding: 'base64', visible: false } as const;
  const issuer = {
    name: 'RequestIssuer',
    value: request.friendlyName,
    encoding: 'base64',
    visible: true,
  } as const;
  const hidden = (name: string, value: string) => ({ name, value, encoding: 'xml', visible: false }) as const;
  if (request.flow === 'sign')
    return [
      { name: 'signtext', value: request.signText, encoding: 'base64', visible: true },
      issuer,
      hidden('action', 'sign'),
      useragent,
      ...own,
      { name: 'TimeStamp', value: timestamp, encoding: 'base64', visible: false },
    ];
  return [
    issuer,
    hidden('TimeStamp', timestamp),
    hidden('action', 'logon'),
    useragent,
    ...own,
    // "cannot be told", as for a key card
    hidden('identityAssuranceLevel', '1'),
  ];
}
