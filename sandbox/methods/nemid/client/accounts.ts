import type { Clock } from '@segl/problem/clock';
import { readCpr } from '@segl/identity/methods/nemid/cpr/cpr';
import { JsonFile } from '../../../world/json-file.ts';
import type { TestPerson } from '../persons.ts';
import {
  judgeKey,
  judgePassword,
  ocesRefusal,
  QUARANTINE_MS,
  refusalOf,
  stateOf,
  UNLOCKED,
  type Account,
  type AccountState,
  type Attempt,
  type Ending,
  type EndingPoint,
} from './account-rules.ts';
import {
  createKeyCard,
  drawKeyNumber,
  keysLeft,
  KEYS_LEFT_FOR_NEW_CARD,
  type KeyCard,
  type KeyChallenge,
} from './key-card.ts';

export type { Account, AccountState, Attempt } from './account-rules.ts';

// a challenge may still be open when the next card is made
const CARDS_KEPT = 3;

const freshAccount = (person: TestPerson): Account => ({
  wrongPasswords: 0,
  wrongKeys: 0,
  quarantines: 0,
  quarantinedUntil: null,
  lock: person.account === 'locked' ? 'password' : null,
  cards: [createKeyCard()],
});

/** The users' locks, passwords' states and key cards, kept on disk. */
export class Accounts {
  readonly #persons: readonly TestPerson[];
  readonly #file: JsonFile<Record<string, Account>>;
  readonly #clock: Clock;

  private constructor(persons: readonly TestPerson[], file: JsonFile<Record<string, Account>>, clock: Clock) {
    this.#persons = persons;
    this.#file = file;
    this.#clock = clock;
  }

  /** Reads the accounts, and makes those that are not there yet. `persons` may grow later. */
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

  /** What is known of the person's NemID, to be read only. */
  account(person: TestPerson): Readonly<Account> {
    return this.#of(person);
  }

  state(person: TestPerson): AccountState {
    return stateOf(this.#of(person), this.#clock.now());
  }

  /** The card in use. */
  card(person: TestPerson): KeyCard {
    const { cards } = this.#of(person);
    return cards.at(-1) ?? this.#addCard(person);
  }

  async tryPassword(person: TestPerson, password: string): Promise<Attempt> {
    const account = this.#of(person);
    const { attempt, change } = judgePassword(account, password === person.password, this.#clock.now());
    Object.assign(account, change);
    if (attempt.kind !== 'right') await this.#file.save();
    return attempt;
  }

  /** The next key to ask for. A card with few keys left is followed by a new one, where the user gets new ones. */
  async challenge(person: TestPerson): Promise<KeyChallenge | { readonly code: string }> {
    const { newCards } = this.#of(person);
    const card = this.card(person);
    if (keysLeft(card) === 0) return { code: 'AUTH006' };
    const challenge = { serial: card.serial, number: drawKeyNumber(card) };
    if (newCards !== false && keysLeft(card) <= KEYS_LEFT_FOR_NEW_CARD) this.#addCard(person);
    await this.#file.save();
    return challenge;
  }

  async tryKey(person: TestPerson, challenge: KeyChallenge, key: string): Promise<Attempt> {
    const account = this.#of(person);
    const right = this.keyOn(challenge.serial, challenge.number) === key.trim();
    const { attempt, change } = judgeKey(account, right, this.#clock.now());
    const counted = account.wrongKeys > 0 || account.quarantines > 0;
    Object.assign(account, change);
    if (attempt.kind !== 'right' || counted) await this.#file.save();
    return attempt;
  }

  /** AUTH004, AUTH005, AUTH007 or AUTH008 for an account that is closed; undefined for one that is open. */
  refusal(person: TestPerson): string | undefined {
    const attempt = refusalOf(this.#of(person), this.#clock.now());
    return attempt?.kind === 'refused' ? attempt.code : undefined;
  }

  /** OCES001 or OCES004 for a user who gets no OCES signature. */
  ocesRefusal(person: TestPerson): string | undefined {
    return ocesRefusal(this.#of(person), readCpr(person.cpr)?.birthDate, this.#clock.now());
  }

  /** The code that the user is to end with after this step; one that was for once is used up by asking. */
  async takeEnding(person: TestPerson, after: EndingPoint): Promise<string | undefined> {
    const account = this.#of(person);
    if (account.ending?.after !== after) return undefined;
    const { code, once } = account.ending;
    if (once) await this.change(person, { ending: null });
    return code;
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

  /** Uses keys up until so many are left on the card. */
  async useUp(person: TestPerson, left: number): Promise<KeyCard> {
    const card = this.card(person);
    while (keysLeft(card) > Math.max(0, left)) drawKeyNumber(card);
    await this.#file.save();
    return card;
  }

  /** Sets what the test tools can set; `ending: null` takes it back. */
  async change(
    person: TestPerson,
    change: Partial<Omit<Account, 'cards' | 'ending'>> & { ending?: Ending | null },
  ): Promise<void> {
    Object.assign(this.#of(person), change);
    await this.#file.save();
  }

  /** Closes the account as too many wrong attempts would. */
  async close(person: TestPerson, why: 'password' | 'key' | 'quarantine'): Promise<void> {
    const until = new Date(this.#clock.now().getTime() + QUARANTINE_MS).toISOString();
    await this.change(
      person,
      why === 'quarantine' ? { quarantinedUntil: until, quarantines: 1 } : { lock: why },
    );
  }

  /** Takes back quarantine and locks, also those that the person was made with. */
  async unlock(person: TestPerson): Promise<void> {
    await this.change(person, UNLOCKED);
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
