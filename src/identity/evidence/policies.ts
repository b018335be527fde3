/** Every packaging policy that is known, and what a package has to have under its own before it is sealed. */
import { identityProblems } from '../problems.ts';
import type { PolicyGap } from '../method.ts';
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { isWitnessedPolicy } from './ltvsdo/policy.ts';
import type { EvidenceRegistry } from './registry.ts';
import { witnessedGaps } from './wsd/policy.ts';

/** Everything that is missing; nothing for content under policies that are not known. */
export const findPolicyGaps = (content: LtvSdoContent, registry: EvidenceRegistry): readonly PolicyGap[] =>
  isWitnessedPolicy(content.packagingPolicy)
    ? witnessedGaps(content, registry)
    : (registry.policy(content.packagingPolicy)?.policy.gaps(content) ?? []);

/** Throws POLICY_NOT_MET {requirement, why} with the first gap. */
export function requirePolicy(content: LtvSdoContent, registry: EvidenceRegistry): void {
  const [gap] = findPolicyGaps(content, registry);
  if (gap) throw identityProblems.error('POLICY_NOT_MET', { ...gap });
}
