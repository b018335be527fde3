/** The error codes that a NemID client returns in place of a signature, with what they mean to an operator. */

/**
 * What to make of a code. `cancelled`: the signer left; `retry`: it may work the next time; `locked`: the signer has
 * to have the eID put right first; `ours`: our parameters, agreement or clock are wrong, an operator has to look.
 */
export type ErrorKind = 'cancelled' | 'retry' | 'locked' | 'ours';

export interface NemIdError {
  readonly code: string;
  readonly kind: ErrorKind;
  /** One English sentence for logs and support. */
  readonly meaning: string;
}

const table: Readonly<Record<string, readonly [kind: ErrorKind, meaning: string]>> = {
  APP001: ['ours', 'The client refused its parameters: unreadable, missing, wrong digest or wrong origin.'],
  APP002: ['ours', 'The client refused the sign text.'],
  APP003: ['retry', 'The client failed inside.'],
  APP004: ['retry', 'The client could not resume its session.'],
  APP005: ['retry', 'The applet could not continue (applet era).'],
  APP007: ['ours', 'A parameter is missing or unknown, or the origin is not that of the page.'],
  APP008: ['ours', 'The combination of parameters is not allowed.'],
  APP009: ['retry', 'The session handle of the client is not valid.'],
  APP010: ['retry', 'The client could not start.'],
  AUTH001: ['locked', 'The PIN was wrong too often and is revoked.'],
  AUTH003: ['locked', 'The signer has no agreement with a bank that allows this.'],
  AUTH004: ['locked', 'The code device is quarantined for eight hours since an earlier session.'],
  AUTH005: ['locked', 'The code device is locked for good since an earlier session (password).'],
  AUTH006: ['locked', 'The signer has used all codes and no new card is on its way.'],
  AUTH007: ['locked', 'The password of the device is revoked since an earlier session.'],
  AUTH008: ['locked', 'The NemID is not activated; it has no active PIN.'],
  AUTH009: ['retry', 'The session could not be resumed and single sign-on failed.'],
  AUTH010: ['retry', 'A code was given for a challenge that was not the latest.'],
  AUTH011: ['retry', 'A PIN was used on a mobile device, which is not possible.'],
  AUTH012: ['retry', 'The code challenge expired.'],
  AUTH013: ['retry', 'The two factors could not be checked apart.'],
  AUTH014: ['retry', 'The log-on failed; the provider gives no reason for this code.'],
  AUTH015: ['retry', 'The log-on failed; the provider gives no reason for this code.'],
  AUTH016: ['retry', 'The log-on failed; the provider gives no reason for this code.'],
  AUTH017: ['retry', "Something in the signer's browser kept the client from working."],
  AUTH018: ['locked', 'The code app was revoked meanwhile.'],
  AUTH019: ['locked', 'A code card may not be used here and the signer has nothing else.'],
  AUTH020: ['locked', 'The attempts with one factor are used up.'],
  CAN001: ['cancelled', 'The signer left after using a temporary password; that password is spent.'],
  CAN002: ['cancelled', 'The signer left.'],
  CAN003: ['cancelled', 'The client was idle too long or another application took over.'],
  CAN004: ['cancelled', 'The bank application logged the signer out.'],
  CAN005: ['cancelled', 'The code app did not answer in time.'],
  CAN006: ['cancelled', 'The signer already has three code apps.'],
  CAN007: ['cancelled', 'The signer rejected the request in the code app.'],
  CAN008: ['cancelled', 'A newer request replaced this one in the code app.'],
  CAPP001: ['locked', 'The code app was not enrolled: not allowed for this type of identity.'],
  CAPP002: ['locked', 'The code app was not enrolled: suspension rules.'],
  CAPP003: ['locked', 'The code app was not enrolled: its id is not active.'],
  CAPP004: ['locked', 'The code app is suspended or revoked.'],
  CAPP006: ['locked', 'The code app was not activated: not found for this signer.'],
  CAPP007: ['locked', 'The code app was not activated: wrong state.'],
  CAPP008: ['locked', 'The code app was not activated: a waiting period runs.'],
  CAPP009: ['locked', 'The code app was not activated: a waiting period runs.'],
  CAPP010: ['locked', 'The PIN of the code app was not reset: the app is not active.'],
  CAPP011: ['locked', 'The PIN of the code app was not reset: the administrative challenge failed.'],
  CAPP012: ['locked', 'The PIN of the code app was not reset: unknown app.'],
  CAPP013: ['locked', 'The PIN of the code app was not reset: the software is not the expected one.'],
  LIB002: ['retry', 'The client met a network error.'],
  LOCK001: ['locked', 'The password was wrong too often: quarantined for eight hours from now.'],
  LOCK002: ['locked', 'The password was wrong too often: locked for good from now.'],
  LOCK003: ['locked', 'The code was wrong too often: the device is revoked from now.'],
  OCES001: ['locked', 'The signer chose not to have an OCES signature.'],
  OCES002: ['locked', 'The NemID is not qualified for OCES.'],
  OCES003: ['locked', 'Another device of the signer has the OCES signature.'],
  OCES004: ['locked', 'No OCES signature for this signer: no CPR number, under 15, or a bank employee.'],
  OCES005: ['retry', 'The certificate could not be issued.'],
  OCES006: ['locked', 'The signer has inactive OCES signatures only.'],
  SRV001: ['ours', 'The signature of the parameters could not be verified.'],
  SRV002: ['ours', 'The server could not read the request.'],
  SRV003: ['ours', 'TIMESTAMP is more than three minutes away from the time of the server; check our clock.'],
  SRV004: ['retry', 'The server failed inside.'],
  SRV005: ['ours', 'The provider does not know us; check the VOCES certificate.'],
  SRV006: ['retry', 'The server lost the session because it was idle.'],
  SRV007: ['ours', 'The client is of an obsolete version.'],
  SRV008: ['locked', 'The signer has to use identity protection.'],
  SRV009: ['retry', 'The server failed; the provider gives no reason for this code.'],
  SRV010: ['ours', 'This client is not open to us.'],
  SRV011: ['ours', 'The transaction context is too long.'],
};

/** Every known code. */
export const errorCodes: readonly string[] = Object.keys(table);

/**
 * The meaning of a code, whatever its case. A code that nobody has documented but that has the form of one counts as
 * worth another try. Undefined when the text is not an error code at all.
 */
export function readErrorCode(text: string): NemIdError | undefined {
  const code = text.trim().toUpperCase();
  const entry = Object.hasOwn(table, code) ? table[code] : undefined;
  if (entry) return { code, kind: entry[0], meaning: entry[1] };
  if (!/^[A-Z]{2,8}\d{1,4}$/.test(code)) return undefined;
  return { code, kind: 'retry', meaning: 'The client returned a code that is not documented.' };
}
