import { randomInt } from 'node:crypto';

/** Pairs on a card: 37 rows of four columns. */
export const KEYS_PER_CARD = 148;

/** When so many keys are left, the next card is made. */
export const KEYS_LEFT_FOR_NEW_CARD = 20;

export interface KeyCard {
  /** One letter and nine digits. */
  readonly serial: string;
  /** Four-digit key number → six-digit key; zeros in front count. */
  readonly keys: Readonly<Record<string, string>>;
  /** Numbers that have been asked for; a number is asked for once. */
  readonly used: string[];
}

/** What the client asks: a key number on a card. */
export interface KeyChallenge {
  readonly serial: string;
  readonly number: string;
}

const digits = (count: number): string => String(randomInt(10 ** count)).padStart(count, '0');

export function createKeyCard(): KeyCard {
  const numbers = new Set<string>();
  while (numbers.size < KEYS_PER_CARD) numbers.add(digits(4));
  const keys: Record<string, string> = {};
  for (const number of [...numbers].sort()) keys[number] = digits(6);
  return { serial: `G${digits(9)}`, keys, used: [] };
}

export const keysLeft = (card: KeyCard): number => KEYS_PER_CARD - card.used.length;

/** Takes a number at random that was never asked for, and marks it. */
export function drawKeyNumber(card: KeyCard): string {
  const used = new Set(card.used);
  const left = Object.keys(card.keys).filter((number) => !used.has(number));
  const number = left[randomInt(left.length)] as string;
  card.used.push(number);
  return number;
}

/** `G750159724` as clients print it: `G-750-159-724`. */
export const printedSerial = (serial: string): string =>
  serial.replace(/^(\w)(\d{3})(\d{3})(\d{3})$/, '$1-$2-$3-$4');

export interface CardPair {
  readonly number: string;
  readonly key: string;
  /** `asked`: the number that was asked for last, and may still be waited for. */
  readonly state: 'fresh' | 'asked' | 'used';
}

/** The pairs as they stand on the card: 37 rows, numbers ascending down each of four columns. */
export function cardRows(card: KeyCard): CardPair[][] {
  const used = new Set(card.used);
  const asked = card.used.at(-1);
  const pairs = Object.entries(card.keys)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([number, key]): CardPair => {
      const state = number === asked ? 'asked' : used.has(number) ? 'used' : 'fresh';
      return { number, key, state };
    });
  const height = KEYS_PER_CARD / 4;
  return Array.from({ length: height }, (_row, row) =>
    [0, 1, 2, 3].flatMap((column) => pairs[column * height + row] ?? []),
  );
}
