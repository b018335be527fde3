/** What the test tools can do with users, for pages, scripts and the command line alike. */
import type { Clock } from '@segl/problem/clock';
import { simulatorProblems } from '../problems.ts';
import { isPassword, type Ending } from '../client/account-rules.ts';
import type { Accounts, AccountState } from '../client/accounts.ts';
import { keysLeft, printedSerial, type KeyCard } from '../client/key-card.ts';
import type { Transaction, TransactionLog } from '../client/transactions.ts';
import { isErrorCode } from '../client/ways.ts';
import type { CertificateState } from '../../../world/holder.ts';
import type { TestPerson } from '../persons.ts';
import type { Certificates } from '../certificates.ts';
import { CERTIFICATE_STATES, readUserOrder, type Problems, type UserFields } from './order.ts';
import type { UserRegistry } from './registry.ts';

/** Everything about a user, as the overview shows it and scripts get it. */
export interface UserStatus extends TestPerson {
  /** What keeps the user from signing first, or `active`. */
  readonly state: AccountState | `certificate ${Exclude<CertificateState, 'valid'>}`;
  /** True: the user can sign. */
  readonly good: boolean;
  /** Of the card in use, with dashes. */
  readonly card: string;
  readonly keysLeft: number;
  readonly passwordState: 'own' | 'temporary' | 'spent';
  readonly oces: boolean;
  readonly newCards: boolean;
  readonly ending: Ending | null;
  /** ISO time, while a quarantine runs. */
  readonly quarantinedUntil: string | null;
}

export class UserService {
  readonly registry: UserRegistry;
  readonly accounts: Accounts;
  readonly #certificates: Certificates;
  readonly #log: TransactionLog;
  readonly #clock: Clock;

  constructor(parts: {
    registry: UserRegistry;
    accounts: Accounts;
    certificates: Certificates;
    log: TransactionLog;
    clock: Clock;
  }) {
    this.registry = parts.registry;
    this.accounts = parts.accounts;
    this.#certificates = parts.certificates;
    this.#log = parts.log;
    this.#clock = parts.clock;
  }

  /** By user id or CPR number. Throws PERSON_UNKNOWN. */
  find(userIdOrCpr: string): TestPerson {
    const person = this.accounts.find(userIdOrCpr);
    if (!person) throw simulatorProblems.error('PERSON_UNKNOWN', { user: userIdOrCpr.slice(0, 60) });
    return person;
  }

  status(person: TestPerson): UserStatus {
    const account = this.accounts.account(person);
    const state = this.accounts.state(person);
    const certificate = this.#certificates.state(person);
    const card = this.accounts.card(person);
    const hindrance =
      state === 'active' && certificate !== 'valid' ? (`certificate ${certificate}` as const) : state;
    return {
      ...person,
      certificate,
      state: hindrance,
      good: hindrance === 'active',
      card: printedSerial(card.serial),
      keysLeft: keysLeft(card),
      passwordState: account.password ?? 'own',
      oces: account.oces !== false,
      newCards: account.newCards !== false,
      ending: account.ending ?? null,
      quarantinedUntil: state === 'quarantined' ? account.quarantinedUntil : null,
    };
  }

  search(text: string): UserStatus[] {
    return this.registry.search(text).map((person) => this.status(person));
  }

  log(person: TestPerson, count = 100): Transaction[] {
    return this.#log.latest(count, person.userId);
  }

  /** Makes a user with NemID, key card and certificate, or says what is wrong with the fields. */
  async create(fields: UserFields, isForm: boolean): Promise<UserStatus | { readonly problems: Problems }> {
    const order = readUserOrder(fields, {
      now: this.#clock.now(),
      isForm,
      taken: (person) => this.registry.taken(person),
    });
    if ('problems' in order) return order;
    const { person, activated, temporary, oces } = order;
    // the certificate first: who is in the registry has one, whatever happens in between
    await this.#certificates.enroll(person);
    await this.registry.add(person);
    await this.accounts.change(person, {
      activated,
      oces,
      password: temporary ? 'temporary' : 'own',
    });
    await this.#note(person, 'user made');
    return this.status(person);
  }

  /** Sets a new password, the user's own or a temporary one. Throws BAD_REQUEST. */
  async setPassword(person: TestPerson, password: string, temporary = false): Promise<TestPerson> {
    if (!isPassword(password)) {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/password'),
      });
    }
    const changed = await this.registry.change(person.userId, { password });
    await this.accounts.change(changed, { password: temporary ? 'temporary' : 'own' });
    await this.#note(changed, temporary ? 'temporary password set' : 'password set');
    return changed;
  }

  /** `password`: as after too many wrong ones; `key`: the card is revoked; `quarantine`: for eight hours from now. */
  async lock(person: TestPerson, why: string): Promise<void> {
    if (why !== 'password' && why !== 'key' && why !== 'quarantine') {
      throw simulatorProblems.error('BAD_REQUEST', { why: simulatorProblems.of('sandbox/lock') });
    }
    await this.accounts.close(person, why);
    await this.#note(person, `locked (${why})`);
  }

  async unlock(person: TestPerson): Promise<void> {
    await this.accounts.unlock(person);
    await this.accounts.change(person, { activated: true });
    if (this.accounts.account(person).password === 'spent') {
      await this.accounts.change(person, { password: 'temporary' });
    }
    await this.#note(person, 'unlocked and activated');
  }

  /** Throws BAD_REQUEST. */
  async setCertificate(person: TestPerson, state: string): Promise<void> {
    const known = CERTIFICATE_STATES.find((item) => item === state);
    if (!known) {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/certificate-state', { states: CERTIFICATE_STATES }),
      });
    }
    await this.#certificates.setState(person, known);
    await this.registry.change(person.userId, { certificate: known });
    await this.#note(person, `certificate ${known}`);
  }

  /** A new card, or with `left` the present one with so many keys left. */
  async card(person: TestPerson, left?: number): Promise<KeyCard> {
    const card =
      left === undefined ? await this.accounts.newCard(person) : await this.accounts.useUp(person, left);
    await this.#note(person, left === undefined ? 'new key card' : `keys used up to ${String(left)}`);
    return card;
  }

  async setNewCards(person: TestPerson, newCards: boolean): Promise<void> {
    await this.accounts.change(person, { newCards });
  }

  /** Has the client end with a code, or takes that back with an empty one. Throws BAD_REQUEST. */
  async setEnding(person: TestPerson, code: string, after: string, once: boolean): Promise<void> {
    if (code === '') return this.accounts.change(person, { ending: null });
    if (!isErrorCode(code))
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/no-code', { code: code.slice(0, 20) }),
      });
    if (after !== 'password' && after !== 'key' && after !== 'sign') {
      throw simulatorProblems.error('BAD_REQUEST', { why: simulatorProblems.of('sandbox/ending') });
    }
    await this.accounts.change(person, { ending: { code, after, once } });
    await this.#note(person, `ends with ${code} after ${after}`);
  }

  #note(person: TestPerson, event: string): Promise<void> {
    return this.#log.add({ userId: person.userId, event });
  }
}
