/** Validates files of every kind, the packages and native messages that make up evidence among them. */
import type { FormatReader } from '@segl/ades/validation/format-reader';
import { validateFile, type FirstOpinion, type ValidationInput } from '@segl/ades/validation/validate';
import { nativeReader } from '../methods/nemid/read-native.ts';
import { packageReader } from './judge-package.ts';
import { policyDocument } from './ltvsdo/policy.ts';
import type { EvidenceTrust } from './trust.ts';

/** Of the formats of evidence, in the order in which they are asked whether a file is theirs. */
const READERS: readonly ((trust: EvidenceTrust) => FormatReader)[] = [packageReader, nativeReader];

export type EvidenceInput = Omit<ValidationInput, 'trust' | 'readers' | 'policies'> & {
  readonly trust: EvidenceTrust;
};

/** Never throws for what is wrong with the file: that is what the report tells. */
export const validateEvidence = ({ trust, ...input }: EvidenceInput): Promise<FirstOpinion> =>
  validateFile({
    ...input,
    trust: { ...trust, signers: trust.environment.anchors },
    readers: READERS.map((open) => open(trust)),
    policies: policyDocument,
  });
