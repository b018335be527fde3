/** JSON Web Tokens of providers, and of the service that asks them, by what they are for. */
import { judgeRequestObject, REQUEST_OBJECT } from './backchannel.ts';
import { judgeIdToken } from './id-token.ts';
import { judgeTransactionToken, TRANSACTION_TOKEN } from './transaction-token.ts';
import type { ProofVerifier } from './verifier.ts';

export const jwtVerifier: ProofVerifier = {
  mediaType: 'application/jwt',
  judge(proof, evidence, at, trust) {
    switch (proof.role) {
      case TRANSACTION_TOKEN:
        return judgeTransactionToken(proof, evidence, at, trust);
      case REQUEST_OBJECT:
        return judgeRequestObject(proof, evidence);
      default:
        return judgeIdToken(proof, evidence, at);
    }
  },
};
