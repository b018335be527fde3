/**
 * How each error code is reached on purpose. Where the sandbox plays the cause itself, a way says what to do; every
 * code can also be had by "End with" on the client's own page, or set as the ending of a user.
 */
import {
  errorCodes,
  isKnownErrorCode,
  readErrorCode,
  type ErrorKind,
} from '@segl/identity/methods/nemid/client/error-codes';
import { meaningOf } from '@segl/identity/methods/nemid/error-meaning';
import { nemidProblems } from '@segl/identity/methods/nemid/problems';

/** What the sandbox plays, as one English sentence each. */
const PLAYED: Readonly<Record<string, string>> = {
  APP001: 'Change a parameter after signing, or send one that cannot be read.',
  APP002: 'Ask for HTML, or for a sign text that is not UTF-8.',
  APP007: 'Leave a mandatory parameter out, add an unknown one, or open the client from another origin.',
  APP008: 'Combine what excludes each other, e.g. SIGNTEXT with OCESLOGIN2.',
  AUTH004: 'Log on during the eight hours after LOCK001.',
  AUTH005: 'Log on as "frida", or with any user that is locked.',
  AUTH006: 'Use up the key card of a user who gets no new one.',
  AUTH007: 'Log on after LOCK003.',
  AUTH008: 'Log on as a user who is not activated, or whose temporary password is spent.',
  AUTH010: 'After a wrong key, type the key of the number that was asked for before.',
  AUTH012: 'Wait more than five minutes before typing the key.',
  AUTH019: 'Send PREVENT_OTP_CARD=TRUE; users here have a card and nothing else.',
  CAN001: 'Log on with a temporary password, then leave.',
  CAN002: 'Leave.',
  CAN003: 'Leave the client open for more than ten minutes.',
  LIB002: 'Stop the sandbox while the client starts.',
  LOCK001: 'Type a wrong password five times.',
  LOCK002: 'Type a wrong password five times, wait eight hours, and do it again.',
  LOCK003: 'Type a wrong key five times.',
  OCES001: 'Log on as a user who does not want an OCES signature.',
  OCES004: 'Log on as a user who is under fifteen; the clock can be moved back.',
  SRV001: 'Sign the parameters with another key than that of SP_CERT.',
  SRV002: "Call the client's server with a body that is none of its messages.",
  SRV003: 'Send a TIMESTAMP more than three minutes from the time here.',
  SRV005: 'Sign with a certificate that no provider has: foreign, expired, revoked, or without an agreement.',
  SRV006: "Call the client's server with a session that is over, or in the wrong order.",
  SRV010: 'Come from an address that the provider has not allowed, or close the client to the provider.',
  SRV011: 'Send a TRANSACTION_CONTEXT of more than 100 characters.',
};

export interface Way {
  readonly code: string;
  readonly kind: ErrorKind;
  /** What it means, for the operator. */
  readonly meaning: string;
  /** Absent: only by asking for it. */
  readonly how?: string;
}

/** Every code of the client, in the order of the registry. */
export const ways: readonly Way[] = errorCodes.map((code) => {
  const { kind } = readErrorCode(code)!;
  const meaning = nemidProblems.catalogue.text(meaningOf(code), 'en');
  const how = PLAYED[code];
  return { code, kind, meaning, ...(how !== undefined && { how }) };
});

export const isErrorCode = (text: string): boolean => isKnownErrorCode(text);
