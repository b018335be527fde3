/** The account of the sandbox, as the public samples of the contract use it. */
export const SANDBOX_ACCOUNT = { service: 'demo', password: 'Bond007' } as const;
