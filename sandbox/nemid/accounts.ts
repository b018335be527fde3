import type { Clock } from '../../src/clock.ts';
import { JsonFile } from '../world/json-file.ts';
import type { TestPerson } from '../persons.ts';
import {
  createKeyCard,
  drawKeyNumber,
  keysLeft,
  KEYS_LEFT_FOR_NEW_CARD,
  type KeyCard,
  type KeyChallenge,
} from './key-card.ts';

/** Wrong attempts in a row before the account is closed to the user. */
export const ATTEMPTS = 5;
const QUARANTINE = 8 * 3_600_000;

// a challenge may still be open when the next card is made
const CARDS_KEPT = 3;

/** What the sandbox remembers of a user's NemID. */
export interface Account {
  wrongPasswords: number;
  wrongKeys: number;
  /** The second quarantine in a row is a lock. */
  quarantines: number;
  quarantinedUntil: string | null;
  lock: 'password' | 'key' | null;
  /** Newest last; the newest is the one in use. */
  readonly cards: KeyCard[];
}

/** Outcome of an attempt; `code` ends the client's session with a NemID error code. */
export type Attempt =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  | { readonly kind: 'refused'; readonly code: string };

export type AccountState = 'active' | 'quarantined' | 'locked' | 'key card revoked';

/** How the client ends for an account that is closed already. */
const REFUSALS: Readonly<Record<Exclude<AccountState, 'active'>, string>> = {
  quarantined: 'AUTH004',
  locked: 'AUTH005',
  'key card revoked': 'AUTH007',
};

const freshAccount = (person: TestPerson): Account => ({
  wrongPasswords: 0,
  wrongKeys: 0,
  quarantines: 0,
  quarantinedUntil: null,
  lock: person.account === 'locked' ? 'password' : null,
  cards: [createKeyCard()],
});

/** The users' passwords, locks and key cards. */
export class Accounts {
  readonly #persons: readonly TestPerson[];
  readonly #file: JsonFile<Record<string, Account>>;
  readonly #clock: Clock;

  private constructor(persons: readonly TestPerson[], file: JsonFile<Record<string, Account>>, clock: Clock) {
    this.#persons = persons;
    this.#file = file;
    this.#clock = clock;
  }

  /** Reads the accounts, and makes those that are not there yet. */
  static async open(path: string, persons: readonly TestPerson[], clock: Clock): Promise<Accounts> {
    const file = await JsonFile.open<Record<string, Account>>(path, () => ({}));
    const missing = persons.filter(({ userId }) => !Object.hasOwn(file.value, userId));
    for (const person of missing) file.value[person.userId] = freshAccount(person);
    if (missing.length > 0) await file.save();
    return new Accounts(persons, file, clock);
  }

  /** By what users type: their user id in any case, or their CPR number. */
  find(userIdOrCpr: string): TestPerson | undefined {
    const typed = userIdOrCpr
      .trim()
      .toLowerCase()
      .replace(/^(\d{6})-(\d{4})$/, '$1$2');
    return this.#persons.find(({ userId, cpr }) => userId === typed || cpr === typed);
  }

  state(person: TestPerson): AccountState {
    const { lock, quarantinedUntil } = this.#of(person);
    if (lock) return lock === 'key' ? 'key card revoked' : 'locked';
    return quarantinedUntil && this.#clock.now() < new Date(quarantinedUntil) ? 'quarantined' : 'active';
  }

  /** The card in use. */
  card(person: TestPerson): KeyCard {
    const { cards } = this.#of(person);
    return cards.at(-1) ?? this.#addCard(person);
  }

  /** LOCK001 starts a quarantine, AUTH004 meets it; LOCK002 and AUTH005 the lock; AUTH007 a revoked card. */
  async tryPassword(person: TestPerson, password: string): Promise<Attempt> {
    const account = this.#of(person);
    const state = this.state(person);
    if (state !== 'active') return { kind: 'refused', code: REFUSALS[state] };
    account.quarantinedUntil = null;
    if (password === person.password) {
      account.wrongPasswords = 0;
      return { kind: 'right' };
    }
    account.wrongPasswords += 1;
    const attemptsLeft = ATTEMPTS - account.wrongPasswords;
    if (attemptsLeft <= 0) {
      account.wrongPasswords = 0;
      account.quarantines += 1;
      if (account.quarantines > 1) account.lock = 'password';
      else account.quarantinedUntil = new Date(this.#clock.now().getTime() + QUARANTINE).toISOString();
    }
    await this.#file.save();
    if (attemptsLeft > 0) return { kind: 'wrong', attemptsLeft };
    return { kind: 'refused', code: account.lock ? 'LOCK002' : 'LOCK001' };
  }

  /** The next key to ask for. A card with few keys left is followed by a new one. */
  async challenge(person: TestPerson): Promise<KeyChallenge> {
    const card = this.card(person);
    const challenge = { serial: card.serial, number: drawKeyNumber(card) };
    if (keysLeft(card) <= KEYS_LEFT_FOR_NEW_CARD) this.#addCard(person);
    await this.#file.save();
    return challenge;
  }

  /** LOCK003 after too many wrong keys in a row. */
  async tryKey(person: TestPerson, challenge: KeyChallenge, key: string): Promise<Attempt> {
    const account = this.#of(person);
    const state = this.state(person);
    if (state !== 'active') return { kind: 'refused', code: REFUSALS[state] };
    if (this.keyOn(challenge.serial, challenge.number) === key.trim()) {
      account.wrongKeys = 0;
      account.quarantines = 0;
      return { kind: 'right' };
    }
    account.wrongKeys += 1;
    const attemptsLeft = ATTEMPTS - account.wrongKeys;
    if (attemptsLeft <= 0) account.lock = 'key';
    await this.#file.save();
    return attemptsLeft > 0 ? { kind: 'wrong', attemptsLeft } : { kind: 'refused', code: 'LOCK003' };
  }

  /** What stands beside a number on a card, the latest ones of each user included. */
  keyOn(serial: string, number: string): string | undefined {
    const card = Object.values(this.#file.value)
      .flatMap(({ cards }) => cards)
      .find((candidate) => candidate.serial === serial);
    return card && Object.hasOwn(card.keys, number) ? card.keys[number] : undefined;
  }

  async newCard(person: TestPerson): Promise<KeyCard> {
    const card = this.#addCard(person);
    await this.#file.save();
    return card;
  }

  /** Takes back quarantine and locks, also those that the person was made with. */
  async unlock(person: TestPerson): Promise<void> {
    Object.assign(this.#of(person), {
      wrongPasswords: 0,
      wrongKeys: 0,
      quarantines: 0,
      quarantinedUntil: null,
      lock: null,
    } satisfies Partial<Account>);
    await this.#file.save();
  }

  #of(person: TestPerson): Account {
    return (this.#file.value[person.userId] ??= freshAccount(person));
  }

  #addCard(person: TestPerson): KeyCard {
    const { cards } = this.#of(person);
    const card = createKeyCard();
    cards.push(card);
    if (cards.length > CARDS_KEPT) cards.shift();
    return card;
  }
}
