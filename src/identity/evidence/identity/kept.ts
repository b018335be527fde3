/** What a method gives of an act once its evidence is made: judged here as it will be judged for decades, and then kept. */
import type { Problem } from '@segl/problem/problem';
import type { Evidence, MethodTask } from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import { canonicalJson } from './canonical-json.ts';
import { withPreviousLink } from './chain.ts';
import { committedDocument, type CommittedDocument } from './commitment.ts';
import { IDENTITY_EVIDENCE, type IdentityEvidence } from './content.ts';
import { evidenceDigest, firstFailure, judgeIdentityEvidence, type ToldEvidence } from './judge.ts';
import type { ProofTrust } from './proofs/verifier.ts';
import { readIdentityEvidence } from './read.ts';

/** What does not hold, by the name of its check. */
export interface EvidenceFailure {
  readonly check: string;
  readonly why: Problem;
}

/** What is to be signed is not what was committed to. */
export const OTHER_DOCUMENTS: EvidenceFailure = {
  check: 'binding',
  why: identityProblems.of('evidence/other-document'),
};

export type Kept =
  /** One for each document, or one for a log-on. */
  | { readonly kept: readonly Evidence[]; readonly evidence: IdentityEvidence }
  | { readonly failure: EvidenceFailure };

/**
 * `made`: the evidence that was made of an act for `task`; `at`: when the last of it was received; `trust`: whose certificates
 * count, where a provider signs with one.
 */
export async function keepEvidence(
  made: Uint8Array,
  { documents, binding, chain }: Pick<MethodTask, 'documents' | 'binding' | 'chain'>,
  at: Date,
  trust?: ProofTrust,
): Promise<Kept> {
  const bytes = withPreviousLink(made, readIdentityEvidence(made), chain);
  const evidence = readIdentityEvidence(bytes);
  const committed = await Promise.all(documents.map(committedDocument));
  if (canonicalJson(evidence.commitment.documents) !== canonicalJson(committed))
    return { failure: OTHER_DOCUMENTS };
  const told = { at, ...(binding !== undefined && { binding }), ...(chain && { isLink: true }) };
  const kept: Evidence[] = [];
  for (const document of committed.length > 0 ? committed : [undefined]) {
    const bundle = document && committed.length > 1 ? { bundleIndex: kept.length } : {};
    const about = { ...told, ...bundle, ...(document && toldOf(document)) };
    const judged = judgeIdentityEvidence(evidence, about, trust);
    const failure = firstFailure(judged);
    if (failure) return { failure };
    const checks = [...new Set(judged.findings.map(({ check }) => check))];
    kept.push({
      ...(document && { documentId: document.id }),
      ...bundle,
      ...{ format: IDENTITY_EVIDENCE.format, native: bytes, at },
      validation: { certificates: [], ocsps: [], crls: [] },
      checks: checks.map((check) => ({ check, ok: true })),
      facts: { 'evidence-sha256': evidenceDigest(bytes), 'evidence-id': evidence.id },
      request: { commitment: evidence.commitmentSha256 },
    });
  }
  return { evidence, kept };
}

const toldOf = ({ sha256, title, mediaType }: CommittedDocument): Pick<ToldEvidence, 'document'> => ({
  document: { sha256: Buffer.from(sha256, 'hex'), title, mimeType: mediaType },
});
