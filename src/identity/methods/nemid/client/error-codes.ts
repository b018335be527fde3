/** The error codes that a NemID client returns in place of a signature. */

/**
 * What to make of a code. `cancelled`: the signer left; `retry`: it may work the next time; `locked`: the signer has
 * to have the eID put right first; `ours`: our parameters, agreement or clock are wrong, an operator has to look.
 */
export type ErrorKind = 'cancelled' | 'retry' | 'locked' | 'ours';

export interface NemIdError {
  readonly code: string;
  readonly kind: ErrorKind;
}

const KINDS = {
  APP001: 'ours',
  APP002: 'ours',
  APP003: 'retry',
  APP004: 'retry',
  APP005: 'retry',
  APP007: 'ours',
  APP008: 'ours',
  APP009: 'retry',
  APP010: 'retry',
  AUTH001: 'locked',
  AUTH003: 'locked',
  AUTH004: 'locked',
  AUTH005: 'locked',
  AUTH006: 'locked',
  AUTH007: 'locked',
  AUTH008: 'locked',
  AUTH009: 'retry',
  AUTH010: 'retry',
  AUTH011: 'retry',
  AUTH012: 'retry',
  AUTH013: 'retry',
  AUTH014: 'retry',
  AUTH015: 'retry',
  AUTH016: 'retry',
  AUTH017: 'retry',
  AUTH018: 'locked',
  AUTH019: 'locked',
  AUTH020: 'locked',
  CAN001: 'cancelled',
  CAN002: 'cancelled',
  CAN003: 'cancelled',
  CAN004: 'cancelled',
  CAN005: 'cancelled',
  CAN006: 'cancelled',
  CAN007: 'cancelled',
  CAN008: 'cancelled',
  CAPP001: 'locked',
  CAPP002: 'locked',
  CAPP003: 'locked',
  CAPP004: 'locked',
  CAPP006: 'locked',
  CAPP007: 'locked',
  CAPP008: 'locked',
  CAPP009: 'locked',
  CAPP010: 'locked',
  CAPP011: 'locked',
  CAPP012: 'locked',
  CAPP013: 'locked',
  LIB002: 'retry',
  LOCK001: 'locked',
  LOCK002: 'locked',
  LOCK003: 'locked',
  OCES001: 'locked',
  OCES002: 'locked',
  OCES003: 'locked',
  OCES004: 'locked',
  OCES005: 'retry',
  OCES006: 'locked',
  SRV001: 'ours',
  SRV002: 'ours',
  SRV003: 'ours',
  SRV004: 'retry',
  SRV005: 'ours',
  SRV006: 'retry',
  SRV007: 'ours',
  SRV008: 'locked',
  SRV009: 'retry',
  SRV010: 'ours',
  SRV011: 'ours',
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** Every known code; what each means, for logs and support, is the problem `client-error/CODE`. */
export const errorCodes = Object.keys(KINDS) as readonly KnownErrorCode[];
export type KnownErrorCode = keyof typeof KINDS;

export const isKnownErrorCode = (code: string): code is KnownErrorCode => Object.hasOwn(KINDS, code);

/**
 * An error code, whatever its case. One that nobody has documented but that has the form of one counts as worth another
 * try. Undefined when the text is not an error code at all.
 */
export function readErrorCode(text: string): NemIdError | undefined {
  const code = text.trim().toUpperCase();
  if (isKnownErrorCode(code)) return { code, kind: KINDS[code] };
  return /^[A-Z]{2,8}\d{1,4}$/.test(code) ? { code, kind: 'retry' } : undefined;
}
