/** The encrypted form of a token (JWE, RFC 7516). Only its receiver can open it: it is kept beside what was in it. */
import { passed, failed } from '@segl/ades/validation/facts';
import { identityProblems } from '../../../problems.ts';
import { bytesOf } from '../read.ts';
import type { ProofVerifier } from './verifier.ts';

export const jweVerifier: ProofVerifier = {
  mediaType: 'application/jose',
  judge(proof) {
    const isCompact = /^[\w-]+(\.[\w-]*){4}$/.test(bytesOf(proof).toString('latin1'));
    const problem = identityProblems.of('proof/unreadable', { role: proof.role });
    const finding = isCompact
      ? passed('format', proof.role)
      : failed('format', proof.role, 'FORMAT_FAILURE', problem);
    return { findings: [finding], binds: false };
  },
};
