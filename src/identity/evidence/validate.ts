/** Validates files of every kind, the packages and native messages that make up evidence among them. */
import { validateFile, type FirstOpinion, type ValidationInput } from '@segl/ades/validation/validate';
import type { AnyModule } from '../methods/index.ts';
import { packageReader } from './judge-package.ts';
import { policyDocument } from './ltvsdo/policy.ts';
import { KnownMethods } from './methods.ts';
import type { EvidenceTrust } from './trust.ts';

export type EvidenceInput = Omit<ValidationInput, 'trust' | 'readers' | 'policies'> & {
  readonly trust: EvidenceTrust;
  /** The methods that are known. */
  readonly modules: readonly AnyModule[];
};

/** Never throws for what is wrong with the file: that is what the report tells. */
export function validateEvidence({ trust, modules, ...input }: EvidenceInput): Promise<FirstOpinion> {
  const methods = new KnownMethods(modules, trust);
  return validateFile({
    ...input,
    trust: { ...trust, signers: methods.anchors },
    readers: [packageReader(methods), ...methods.readers],
    policies: policyDocument,
    readHolder: (leaf, anchor) => methods.readHolder(leaf, anchor),
  });
}
