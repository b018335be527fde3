/** The status of a certificate that a proof was signed with (RFC 6960). It is judged with that proof. */
import { failed } from '@segl/ades/validation/facts';
import { identityProblems } from '../../../problems.ts';
import { NATIVE_SIGNATURE, NATIVE_STATUS } from './bankid-signature.ts';
import { TRANSACTION_STATUS, TRANSACTION_TOKEN } from './transaction-token.ts';
import type { ProofVerifier } from './verifier.ts';

/** Of which proof, by the role of the answer. */
const ABOUT: Readonly<Record<string, string>> = {
  [TRANSACTION_STATUS]: TRANSACTION_TOKEN,
  [NATIVE_STATUS]: NATIVE_SIGNATURE,
};

export const ocspVerifier: ProofVerifier = {
  mediaType: 'application/ocsp-response',
  judge({ role, mediaType }, { proofs }) {
    const isUsed = Object.hasOwn(ABOUT, role) && proofs.some((one) => one.role === ABOUT[role]);
    const problem = identityProblems.of('proof/not-judged', { role, mediaType });
    return {
      findings: isUsed ? [] : [failed('constraints', 'proof-known', 'GENERIC', problem)],
      binds: false,
    };
  },
};
