/** Made-up users at the push of a button. */
import { randomInt } from 'node:crypto';
import { isValidCpr, readCpr } from '@segl/identity/methods/nemid/cpr/cpr';
import type { PersonKind } from '../persons.ts';

const GIVEN = [
  'Alma',
  'Birk',
  'Clara',
  'Emil',
  'Freja',
  'Gustav',
  'Ida',
  'Jonas',
  'Karla',
  'Liv',
  'Malthe',
  'Nora',
];
const FAMILY = [
  'Bækgård',
  'Damkjær',
  'Engsø',
  'Fjordager',
  'Hedelund',
  'Kærsgaard',
  'Lyngby',
  'Mølholm',
  'Østergård',
];
const STREETS = ['Prøvevej', 'Testgade', 'Sandkassen', 'Øvelsesstien'];
const TOWNS = [
  ['1050', 'København K'],
  ['5000', 'Odense C'],
  ['8000', 'Aarhus C'],
  ['9990', 'Skagen'],
] as const;

const pick = <T>(items: readonly T[]): T => items[randomInt(items.length)] as T;
const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** Letters that every keyboard and URL has. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('æ', 'ae')
    .replaceAll('ø', 'oe')
    .replaceAll('å', 'aa')
    .replace(/[^a-z]/g, '');

/** Seventh digits that put a year into its century (CPR: 1937 to 2036). */
const seventhDigits = (year: number): readonly number[] => (year < 2000 ? [0, 1, 2, 3] : [4, 5, 6, 7]);

/**
 * A CPR number that is a real date, and by default fails the check digit, so that it is nobody's; `check` `holds`
 * makes one that passes it.
 */
export function makeCpr(birth: Date, check: 'fails' | 'holds' = 'fails'): string {
  const [year = '', month = '', day = ''] = birth.toISOString().slice(0, 10).split('-');
  for (;;) {
    const cpr = `${day}${month}${year.slice(2)}${pick(seventhDigits(Number(year)))}${digits(3)}`;
    if (readCpr(cpr)?.passesModulus11 === (check === 'holds') && isValidCpr(cpr)) return cpr;
  }
}

const DAY = 86_400_000;
const AGES: Readonly<Record<PersonKind, readonly [from: number, to: number]>> = {
  poces: [19, 75],
  moces: [19, 65],
  youth: [15, 17],
};

const birthOf = (kind: PersonKind, now: Date): Date => {
  const [from, to] = AGES[kind];
  const days = randomInt(from * 366, (to + 1) * 365 - 1);
  // clear of the years whose numbers are told apart in other ways
  return new Date(Math.max(now.getTime() - days * DAY, Date.UTC(1937, 0, 1)));
};

export const makePid = (): string => `9208-2002-2-${digits(12)}`;
export const makeRid = (): string => String(randomInt(10_000_000, 99_999_999));

/** What the form of a new user is filled with. */
export interface FilledIn {
  readonly alias: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly cpr: string;
  readonly email: string;
  readonly street: string;
  readonly postcode: string;
  readonly town: string;
}

/** The alias is parts of both names and three digits, e.g. `almbae317`. */
export function autofill(kind: PersonKind, now: Date): FilledIn {
  const [firstName, lastName] = [pick(GIVEN), pick(FAMILY)];
  const [postcode, town] = pick(TOWNS);
  const alias = `${plain(firstName).slice(0, 3)}${plain(lastName).slice(0, 3)}${digits(3)}`;
  return {
    ...{ alias, firstName, lastName: `Prøve ${lastName}`, postcode, town },
    password: `${firstName}${digits(4)}`,
    cpr: makeCpr(birthOf(kind, now)),
    email: `${alias}@sandbox.example`,
    street: `${pick(STREETS)} ${String(randomInt(1, 200))}`,
  };
}
