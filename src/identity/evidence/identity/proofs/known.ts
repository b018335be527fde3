/** The verifiers of proofs that come along, by media type. A proof of any other kind is not judged, and so never valid. */
import { failed } from '@segl/ades/validation/facts';
import { identityProblems } from '../../../problems.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import { nativeVerifier } from './bankid-signature.ts';
import { jweVerifier } from './jwe.ts';
import { jsonVerifier } from './json.ts';
import { jwtVerifier } from './jwt.ts';
import { ocspVerifier } from './ocsp.ts';
import { oneTimeCodeVerifier } from './one-time-code.ts';
import { passkeyVerifier } from './passkey.ts';
import type { JudgedProof, ProofTrust, ProofVerifier } from './verifier.ts';

export const proofVerifiers: readonly ProofVerifier[] = [
  jwtVerifier,
  jsonVerifier,
  jweVerifier,
  nativeVerifier,
  ocspVerifier,
  oneTimeCodeVerifier,
  passkeyVerifier,
];

/** Judges a proof by its media type; what nobody here knows, or is kept elsewhere, is INDETERMINATE (EN 319 102-1). */
export function judgeProof(
  proof: Proof,
  evidence: IdentityEvidence,
  at: Date,
  trust: ProofTrust,
  verifiers: readonly ProofVerifier[] = proofVerifiers,
): JudgedProof {
  const { role, mediaType, data } = proof;
  const verifier = verifiers.find((one) => one.mediaType === mediaType);
  if (verifier && data !== undefined) return verifier.judge(proof, evidence, at, trust);
  const problem =
    data === undefined
      ? identityProblems.of('proof/elsewhere', { role })
      : identityProblems.of('proof/not-judged', { role, mediaType });
  return { findings: [failed('constraints', 'proof-known', 'GENERIC', problem)], binds: false };
}
