import { randomUUID, type KeyObject } from 'node:crypto';
import { readTimestamp } from '../../src/eid/nemid/parameters.ts';
import type { Clock } from '../../src/clock.ts';
import type { Logger } from '../../src/log.ts';
import type { TestPerson } from '../persons.ts';
import type { Accounts } from './accounts.ts';
import { checkParameters, type ClientRequest, type FindProvider } from './client-parameters.ts';
import { printedSerial, type KeyChallenge } from './key-card.ts';
import { writeNativeSignature, type SignatureProperty } from './native-signature.ts';

/** The screen that the client shows next, or how it ends. */
export type ClientView =
  | {
      readonly view: 'user';
      readonly session: string;
      readonly flow: 'login' | 'sign';
      readonly language: 'da' | 'en';
      readonly friendlyName: string;
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
  readonly step: 'user' | 'key' | 'sign';
  readonly person?: TestPerson;
  readonly challenge?: KeyChallenge;
  readonly lastUsed: number;
}

const IDLE_MILLISECONDS = 10 * 60_000;
const MOST_SESSIONS = 1000;

const ended = (code: string): ClientView => ({
  view: 'end',
  response: Buffer.from(code, 'latin1').toString('base64'),
});

/**
 * The client's side on the server: keys never leave it. A session walks user → key → sign; a call that does not fit
 * the step, or comes too late, ends with SRV006.
 */
export class ClientSessions {
  readonly #sessions = new Map<string, Session>();
  readonly #accounts: Accounts;
  readonly #identityOf: FindIdentity;
  readonly #findProvider: FindProvider;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(world: {
    accounts: Accounts;
    identityOf: FindIdentity;
    findProvider: FindProvider;
    clock: Clock;
    log: Logger;
  }) {
    this.#accounts = world.accounts;
    this.#identityOf = world.identityOf;
    this.#findProvider = world.findProvider;
    this.#clock = world.clock;
    this.#log = world.log;
  }

  /** `parameters` is the JSON text from the page, `origin` the page's origin as the browser told it. */
  start(parameters: string, origin: string): ClientView {
    const now = this.#clock.now();
    const checked = checkParameters(parameters, origin, { now, findProvider: this.#findProvider });
    if (checked.kind === 'refused') {
      this.#log.warn({ code: checked.code, why: checked.why }, 'NemID client parameters refused');
      return ended(checked.code);
    }
    this.#forgetIdle(now.getTime());
    const id = randomUUID();
    const session: Session = { request: checked.request, step: 'user', lastUsed: now.getTime() };
    this.#sessions.set(id, session);
    return this.#userView(id, session);
  }

  async password(id: string, userId: string, password: string): Promise<ClientView> {
    const session = this.#take(id, 'user');
    if (!session) return ended('SRV006');
    const person = this.#accounts.find(userId);
    const attempt = person && (await this.#accounts.tryPassword(person, password));
    if (attempt?.kind === 'refused') return ended(attempt.code);
    if (person && attempt?.kind === 'right') {
      const challenge = await this.#accounts.challenge(person);
      this.#keep(id, { ...session, step: 'key', person, challenge });
      return keyView(challenge);
    }
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
    if (!session?.person || !session.challenge) return ended('SRV006');
    const { person } = session;
    const attempt = await this.#accounts.tryKey(person, session.challenge, key);
    if (attempt.kind === 'refused') return ended(attempt.code);
    if (attempt.kind === 'wrong') {
      const challenge = await this.#accounts.challenge(person);
      this.#keep(id, { ...session, challenge });
      return { ...keyView(challenge), problem: 'key', attemptsLeft: attempt.attemptsLeft };
    }
    if (session.request.flow === 'login') return this.#finish(session.request, person, userAgent);
    this.#keep(id, { ...session, step: 'sign' });
    return {
      view: 'sign',
      text: Buffer.from(session.request.signText).toString('utf8'),
      monospace: session.request.monospace,
      name: person.name,
    };
  }

  async sign(id: string, userAgent: string): Promise<ClientView> {
    const session = this.#take(id, 'sign');
    if (!session?.person) return ended('SRV006');
    return this.#finish(session.request, session.person, userAgent);
  }

  cancel(id: string): ClientView {
    this.#sessions.delete(id);
    return ended('CAN002');
  }

  #finish(request: ClientRequest, person: TestPerson, userAgent: string): ClientView {
    const { key, certificates } = this.#identityOf(person);
    const message = writeNativeSignature({
      properties: signedProperties(request, userAgent),
      key,
      certificates,
    });
    this.#log.info({ userId: person.userId, flow: request.flow }, 'NemID message signed');
    return { view: 'end', response: Buffer.from(message).toString('base64') };
  }

  #userView(session: string, { request }: Session): Extract<ClientView, { view: 'user' }> {
    const { flow, language, friendlyName } = request;
    return { view: 'user', session, flow, language, friendlyName };
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
  const signing = request.flow === 'sign';
  return [
    ...(signing
      ? [{ name: 'signtext', value: request.signText, encoding: 'base64', visible: true } as const]
      : []),
    { name: 'RequestIssuer', value: request.friendlyName, encoding: 'base64', visible: true },
    { name: 'action', value: signing ? 'sign' : 'logon', encoding: 'xml', visible: false },
    { name: 'TimeStamp', value: timestamp, encoding: 'xml', visible: false },
    { name: 'useragent', value: userAgent, encoding: 'base64', visible: false },
    ...request.properties.map(([name, value]): SignatureProperty =>
      name === 'attachedpdf'
        ? { name, value: Buffer.from(value, 'base64'), encoding: 'base64', visible: false }
        : { name, value, encoding: 'xml', visible: false },
    ),
  ];
}
