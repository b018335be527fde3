/** JSON Web Tokens of providers, by what they are for. */
import { judgeIdToken } from './id-token.ts';
import { judgeTransactionToken, TRANSACTION_TOKEN } from './transaction-token.ts';
import type { ProofVerifier } from './verifier.ts';

export const jwtVerifier: ProofVerifier = {
  mediaType: 'application/jwt',
  judge: (proof, evidence, at, trust) =>
    proof.role === TRANSACTION_TOKEN
      ? judgeTransactionToken(proof, evidence, at, trust)
      : judgeIdToken(proof, evidence, at),
};
