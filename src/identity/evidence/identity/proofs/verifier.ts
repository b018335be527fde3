/** How one kind of proof is judged, by its media type. Pure: no network, no clock. */
import type { UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';
import { failed, passed, type Finding } from '@segl/ades/validation/facts';
import type { SubIndication } from '@segl/ades/validation/reports/report';
import type { Problem } from '@segl/problem/problem';
import type { IdentityEvidence, Proof } from '../content.ts';
import type { Claims } from '../jws.ts';

export interface JudgedProof {
  readonly findings: readonly Finding[];
  /** The proof is about this commitment, and its maker's signature holds. */
  readonly binds: boolean;
  /** What it says of the person; absent where nothing may be believed of it. */
  readonly claims?: Claims;
  /** What was signed, and how. */
  readonly core?: { readonly signed: Uint8Array; readonly value: Uint8Array };
  readonly algorithms?: readonly UsedAlgorithm[];
}

/** What proofs are judged by that is not in the evidence itself. */
export interface ProofTrust {
  /** DER: where the paths of certificates that providers sign with must end. */
  readonly anchors: readonly Uint8Array[];
}

export interface ProofVerifier {
  readonly mediaType: string;
  /** `at`: when it was received, which the seal vouches for. Never throws for what is wrong with it. */
  judge(proof: Proof, evidence: IdentityEvidence, at: Date, trust: ProofTrust): JudgedProof;
}

/** Clocks of providers and ours may differ this much, in milliseconds. */
export const CLOCK_TOLERANCE = 60_000;

/** A constraint (EN 319 102-1 clause 5.2.8): not met, the signature is not accepted. */
export const constraint = (check: string, problem: Problem | undefined): Finding =>
  problem ? failed('constraints', check, 'SIG_CONSTRAINTS_FAILURE', problem) : passed('constraints', check);

/** A certificate that counts for nothing (EN 319 102-1 clauses 5.2.6 and 5.2.7). */
export const certification = (
  check: string,
  subIndication: SubIndication,
  problem: Problem | undefined,
): Finding => (problem ? failed('certificate', check, subIndication, problem) : passed('certificate', check));

/** What was signed is something else: the signature is wrong for good. */
export const digest = (check: string, problem: Problem | undefined): Finding =>
  problem ? failed('cryptography', check, 'HASH_FAILURE', problem) : passed('cryptography', check);

/** A claim by its name, which may have dots in it, or else by its path. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}

/** A claim as text: some providers write numbers and booleans as strings, others do not. */
export function textOf(claims: Claims, name: string): string | undefined {
  const value = claimOf(claims, name);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
