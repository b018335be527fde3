/** The status of a certificate that a provider signs with (RFC 6960). It is judged with that certificate. */
import { failed } from '@segl/ades/validation/facts';
import { identityProblems } from '../../../problems.ts';
import { TRANSACTION_STATUS, TRANSACTION_TOKEN } from './transaction-token.ts';
import type { ProofVerifier } from './verifier.ts';

export const ocspVerifier: ProofVerifier = {
  mediaType: 'application/ocsp-response',
  judge({ role, mediaType }, { proofs }) {
    const isUsed = role === TRANSACTION_STATUS && proofs.some((one) => one.role === TRANSACTION_TOKEN);
    const problem = identityProblems.of('proof/not-judged', { role, mediaType });
    return {
      findings: isUsed ? [] : [failed('constraints', 'proof-known', 'GENERIC', problem)],
      binds: false,
    };
  },
};
