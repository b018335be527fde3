/** What a provider of the sandbox may say on purpose that is not so. A service that believes any of it has a hole. */

export const LIES = [
  'nonce',
  'other-order',
  'other-person',
  'no-number',
  'low-level',
  'other-eid',
  'other-text',
  'audience',
  'issuer',
  'expired',
  'old-session',
  'forged',
  'old-key',
  'unsigned',
  'simulated',
] as const;

/** The same of a broker that was to show what is signed. */
export const TRANSACTION_LIES = [
  'transaction-missing',
  'transaction-order',
  'transaction-document',
  'transaction-unsigned',
  'transaction-forged',
  'transaction-policy',
  'transaction-revoked',
  'transaction-no-status',
  'transaction-old-status',
  'transaction-test',
] as const;

/** The same of an eID that was to sign itself. */
export const NATIVE_LIES = [
  'native-missing',
  'native-visible',
  'native-hidden',
  'native-log-on',
  'native-forged',
  'native-wrapped',
  'native-person',
  'native-issuer',
  'native-revoked',
  'native-no-status',
  'native-old-status',
] as const;

export type NativeLie = (typeof NATIVE_LIES)[number];
export type TransactionLie = (typeof TRANSACTION_LIES)[number];
export type Lie = (typeof LIES)[number] | TransactionLie | NativeLie;

const ALL_LIES: readonly Lie[] = [...LIES, ...TRANSACTION_LIES, ...NATIVE_LIES];

/** How it ends. `roll-over` is no lie: the provider has a new key from then on. */
export const OUTCOMES = ['approve', 'roll-over', 'abort', 'fail', 'time-out'] as const;
export type Outcome = (typeof OUTCOMES)[number] | Lie;

const isOneOf = <T extends string>(all: readonly T[], text: string): text is T =>
  (all as readonly string[]).includes(text);

export const isLie = (text: string): text is Lie => isOneOf(ALL_LIES, text);
export const isTransactionLie = (lie: Lie): lie is TransactionLie => isOneOf(TRANSACTION_LIES, lie);
export const isNativeLie = (lie: Lie): lie is NativeLie => isOneOf(NATIVE_LIES, lie);
export const isOutcome = (text: string): text is Outcome => isOneOf(OUTCOMES, text) || isLie(text);

/** What browsers bring back where nobody is logged on (RFC 6749 section 4.1.2.1). */
export const ERRORS: Readonly<Partial<Record<Outcome, string>>> = {
  abort: 'access_denied',
  fail: 'server_error',
  'time-out': 'temporarily_unavailable',
};

/** What whoever polls is told then (CIBA Core 1.0 section 11). */
export const ERRORS_IN_APP: Readonly<Partial<Record<Outcome, string>>> = {
  abort: 'access_denied',
  fail: 'transaction_failed',
  'time-out': 'expired_token',
};
