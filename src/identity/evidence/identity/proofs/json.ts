/** JSON that nobody signed: what was asked, and what the provider told besides. It tells, and proves nothing by itself. */
import { failed } from '@segl/ades/validation/facts';
import { identityProblems } from '../../../problems.ts';
import { nonceOf } from '../commitment.ts';
import type { Claims } from '../jws.ts';
import { bytesOf } from '../read.ts';
import { ACKNOWLEDGEMENT, isBackchannel, judgeAcknowledgement, requestProblem } from './backchannel.ts';
import { nativeGap } from './bankid-signature.ts';
import { idTokenOf, USERINFO } from './id-token.ts';
import { transactionGap } from './transaction-token.ts';
import { constraint, type ProofVerifier } from './verifier.ts';

export const REQUEST = 'request';

export const jsonVerifier: ProofVerifier = {
  mediaType: 'application/json',
  judge(proof, evidence) {
    const claims = read(bytesOf(proof));
    if (!claims) {
      const problem = identityProblems.of('proof/unreadable', { role: proof.role });
      return { findings: [failed('format', proof.role, 'FORMAT_FAILURE', problem)], binds: false };
    }
    if (proof.role === USERINFO) {
      const isSame = typeof claims['sub'] === 'string' && claims['sub'] === idTokenOf(evidence)?.['sub'];
      const problem = isSame ? undefined : identityProblems.of('proof/other-userinfo');
      return { findings: [constraint('userinfo', problem)], binds: false, ...(isSame && { claims }) };
    }
    if (proof.role === ACKNOWLEDGEMENT) return judgeAcknowledgement(proof, evidence);
    const isAsked = proof.role === REQUEST && claims['nonce'] === nonceOf(evidence.commitment);
    if (isAsked) {
      const gap = transactionGap(claims, evidence) ?? nativeGap(claims, evidence);
      // the service's own word, and called that where the token is judged
      const isOwnWord = isBackchannel(evidence);
      const problem = gap ?? (isOwnWord ? requestProblem(claims, evidence) : undefined);
      return { findings: [constraint(REQUEST, problem)], binds: isOwnWord && problem === undefined };
    }
    const problem = identityProblems.of('proof/not-judged', { role: proof.role, mediaType: proof.mediaType });
    return { findings: [failed('constraints', 'proof-known', 'GENERIC', problem)], binds: false };
  },
};

function read(bytes: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}
