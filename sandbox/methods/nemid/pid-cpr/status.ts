/** Status codes of PID-CPR and RID-CPR with their texts, and the guard against guessing that both have. */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '@segl/problem/clock';

/** A private provider, that may match only. */
export const PRIVATE_SERVICE_ID = '1';

/** A public body, that may look up as well. */
export const PUBLIC_SERVICE_ID = '2';

export const isServiceId = (id: string | undefined): boolean =>
  id === PRIVATE_SERVICE_ID || id === PUBLIC_SERVICE_ID;

export const STATUS = {
  OK: [0, 'OK', 'OK'],
  NO_MATCH: [1, 'CPR svarer ikke til PID', 'CPR does not match PID'],
  NO_PID: [2, 'PID findes ikke', 'PID does not exist'],
  NO_PID_IN_CERTIFICATE: [4, 'Intet PID i certifikatet', 'No PID in the certificate'],
  NOT_AUTHORIZED_FOR_CPR_LOOKUP: [8, 'Ingen ret til CPR-opslag', 'Not authorized for CPR lookup'],
  BRUTE_FORCE_ATTEMPT_DETECTED: [16, 'Systematisk søgning opdaget', 'Systematic search detected'],
  NOT_AUTHORIZED_FOR_SERVICE_LOOKUP: [17, 'Ingen ret til tjenesten', 'Not authorized for this service id'],
  PID_DOES_NOT_MATCH_BASE64_CERTIFICATE: [
    8194,
    'PID svarer ikke til certifikatet',
    'PID does not match the certificate',
  ],
  MISSING_CLIENT_CERT: [8195, 'Intet gyldigt klientcertifikat', 'No valid client certificate'],
} as const satisfies Record<string, readonly [code: number, danish: string, english: string]>;

/** Wrong guesses for one identity within the hour that look like a search. */
const MOST_WRONG_GUESSES = 20;
const HOUR = 3_600_000;

/** Compares a number with the right one, and notices who tries many. */
export class GuessGuard {
  readonly #clock: Clock;
  readonly #wrong = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  judge(identity: string, guess: string, right: string): 'OK' | 'NO_MATCH' | 'BRUTE_FORCE_ATTEMPT_DETECTED' {
    const recent = this.#recent(identity);
    if (recent.length >= MOST_WRONG_GUESSES) return 'BRUTE_FORCE_ATTEMPT_DETECTED';
    if (guess.length === right.length && timingSafeEqual(Buffer.from(guess), Buffer.from(right))) return 'OK';
    this.#wrong.set(identity, [...recent, this.#clock.now().getTime()]);
    return 'NO_MATCH';
  }

  #recent(identity: string): number[] {
    const since = this.#clock.now().getTime() - HOUR;
    return (this.#wrong.get(identity) ?? []).filter((time) => time > since);
  }
}
