/** The life of a NemID as pure rules: what an attempt does to it, and with which error code the client ends. */
import type { KeyCard } from './key-card.ts';

/** Wrong attempts in a row before the account is closed to the user. */
export const ATTEMPTS = 5;
export const QUARANTINE_MS = 8 * 3_600_000;

/** How far the client comes before it ends on purpose. */
export type EndingPoint = 'password' | 'key' | 'sign';

/** An error code that the client is to end with, whatever the user does. */
export interface Ending {
  readonly code: string;
  /** Once this step is done right. */
  readonly after: EndingPoint;
  /** Only the next time. */
  readonly once: boolean;
}

/** What the sandbox remembers of a user's NemID. Fields that may be absent came later than the first files. */
export interface Account {
  wrongPasswords: number;
  wrongKeys: number;
  /** The second quarantine in a row is a lock. */
  quarantines: number;
  quarantinedUntil: string | null;
  lock: 'password' | 'key' | null;
  /** Newest last; the newest is the one in use. */
  readonly cards: KeyCard[];
  /** A temporary password has to be changed at its first use, and is spent if the user leaves instead. */
  password?: 'own' | 'temporary' | 'spent';
  /** False: nobody has switched this NemID on. */
  activated?: boolean;
  /** False: no new card comes when keys run out. */
  newCards?: boolean;
  /** False: the user does not want an OCES signature. */
  oces?: boolean;
  ending?: Ending | null;
}

/** Outcome of an attempt; `code` ends the client's session with a NemID error code. */
export type Attempt =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  | { readonly kind: 'refused'; readonly code: string };

export type AccountState = 'active' | 'not activated' | 'quarantined' | 'locked' | 'key card revoked';

/** How the client ends for an account that is closed already. */
const REFUSALS: Readonly<Record<Exclude<AccountState, 'active'>, string>> = {
  'not activated': 'AUTH008',
  quarantined: 'AUTH004',
  locked: 'AUTH005',
  'key card revoked': 'AUTH007',
};

export function stateOf(account: Account, now: Date): AccountState {
  const { lock, quarantinedUntil, activated, password } = account;
  if (lock) return lock === 'key' ? 'key card revoked' : 'locked';
  if (quarantinedUntil && now < new Date(quarantinedUntil)) return 'quarantined';
  return activated === false || password === 'spent' ? 'not activated' : 'active';
}

/** Undefined: the account is open. */
export function refusalOf(account: Account, now: Date): Attempt | undefined {
  const state = stateOf(account, now);
  return state === 'active' ? undefined : { kind: 'refused', code: REFUSALS[state] };
}

interface Judged {
  readonly attempt: Attempt;
  /** What changes in the account. */
  readonly change: Partial<Account>;
}

/**
 * The fifth wrong password in a row starts a quarantine of eight hours (LOCK001), met later as AUTH004; five more
 * after it lock the NemID for good (LOCK002), met later as AUTH005.
 */
export function judgePassword(account: Account, right: boolean, now: Date): Judged {
  const refusal = refusalOf(account, now);
  if (refusal) return { attempt: refusal, change: {} };
  if (right) return { attempt: { kind: 'right' }, change: { wrongPasswords: 0, quarantinedUntil: null } };
  const wrongPasswords = account.wrongPasswords + 1;
  const attemptsLeft = ATTEMPTS - wrongPasswords;
  if (attemptsLeft > 0) {
    return { attempt: { kind: 'wrong', attemptsLeft }, change: { wrongPasswords, quarantinedUntil: null } };
  }
  const quarantines = account.quarantines + 1;
  const locked = quarantines > 1;
  return {
    attempt: { kind: 'refused', code: locked ? 'LOCK002' : 'LOCK001' },
    change: {
      wrongPasswords: 0,
      quarantines,
      lock: locked ? 'password' : null,
      quarantinedUntil: locked ? null : new Date(now.getTime() + QUARANTINE_MS).toISOString(),
    },
  };
}

/** The fifth wrong key in a row revokes the card (LOCK003), met later as AUTH007. A right one forgets quarantines. */
export function judgeKey(account: Account, right: boolean, now: Date): Judged {
  const refusal = refusalOf(account, now);
  if (refusal) return { attempt: refusal, change: {} };
  if (right) return { attempt: { kind: 'right' }, change: { wrongKeys: 0, quarantines: 0 } };
  const wrongKeys = account.wrongKeys + 1;
  const attemptsLeft = ATTEMPTS - wrongKeys;
  return attemptsLeft > 0
    ? { attempt: { kind: 'wrong', attemptsLeft }, change: { wrongKeys } }
    : { attempt: { kind: 'refused', code: 'LOCK003' }, change: { wrongKeys, lock: 'key' } };
}

/** No lock, no quarantine, nothing counted. */
export const UNLOCKED = {
  wrongPasswords: 0,
  wrongKeys: 0,
  quarantines: 0,
  quarantinedUntil: null,
  lock: null,
} satisfies Partial<Account>;

/** Four to forty printable characters, none of them a space at either end. */
export const isPassword = (text: string): boolean => /^[!-~À-ÿ][ -~À-ÿ]{2,38}[!-~À-ÿ]$/.test(text);

/** OCES is for people with a CPR number who are fifteen or older. */
export const OCES_AGE = 15;

/** Full years between an ISO date and a time. */
export function ageAt(birthDate: string, at: Date): number {
  const today = at.toISOString();
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5, 10) < birthDate.slice(5, 10) ? years - 1 : years;
}

/** Why the user gets no OCES signature now, as an error code; undefined: they do. */
export function ocesRefusal(account: Account, birthDate: string | undefined, now: Date): string | undefined {
  if (account.oces === false) return 'OCES001';
  return birthDate !== undefined && ageAt(birthDate, now) >= OCES_AGE ? undefined : 'OCES004';
}
