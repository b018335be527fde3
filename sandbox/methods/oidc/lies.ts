/** What a provider of the sandbox may say on purpose that is not so. A service that believes any of it has a hole. */

export const LIES = [
  'nonce',
  'other-order',
  'other-person',
  'low-level',
  'other-eid',
  'other-text',
  'audience',
  'issuer',
  'expired',
  'old-session',
  'forged',
  'unsigned',
  'simulated',
] as const;

export type Lie = (typeof LIES)[number];

/** How it ends. `roll-over` is no lie: the provider has a new key from then on. */
export const OUTCOMES = ['approve', 'roll-over', 'abort', 'fail', 'time-out', ...LIES] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const isOutcome = (text: string): text is Outcome => (OUTCOMES as readonly string[]).includes(text);
export const isLie = (outcome: Outcome): outcome is Lie => (LIES as readonly string[]).includes(outcome);

/** What browsers bring back where nobody is logged on (RFC 6749 section 4.1.2.1). */
export const ERRORS: Readonly<Partial<Record<Outcome, string>>> = {
  abort: 'access_denied',
  fail: 'server_error',
  'time-out': 'temporarily_unavailable',
};
