/** What a method gives of an act once its evidence is made: judged here as it will be judged for decades, and then kept. */
import type { Problem } from '@segl/problem/problem';
import type { Evidence, MethodTask } from '../../method.ts';
import { committedDocument } from './commitment.ts';
import { IDENTITY_EVIDENCE, type IdentityEvidence } from './content.ts';
import { evidenceDigest, firstFailure, judgeIdentityEvidence } from './judge.ts';
import { readIdentityEvidence } from './read.ts';

export type Kept =
  | { readonly kept: Evidence; readonly evidence: IdentityEvidence }
  /** What does not hold, by the name of its check. */
  | { readonly failure: { readonly check: string; readonly why: Problem } };

/** `bytes`: the evidence that was made of an act for `task`; `at`: when the last of it was received. */
export async function keepEvidence(
  bytes: Uint8Array,
  { documents: [document], binding }: Pick<MethodTask, 'documents' | 'binding'>,
  at: Date,
): Promise<Kept> {
  const evidence = readIdentityEvidence(bytes);
  const committed = document && (await committedDocument(document));
  const judged = judgeIdentityEvidence(evidence, {
    at,
    ...(binding !== undefined && { binding }),
    ...(committed && {
      document: {
        sha256: Buffer.from(committed.sha256, 'hex'),
        title: committed.title,
        mimeType: committed.mediaType,
      },
    }),
  });
  const failure = firstFailure(judged);
  if (failure) return { failure };
  const checks = [...new Set(judged.findings.map(({ check }) => check))];
  return {
    evidence,
    kept: {
      ...(document && { documentId: document.id }),
      ...{ format: IDENTITY_EVIDENCE.format, native: bytes, at },
      validation: { certificates: [], ocsps: [], crls: [] },
      checks: checks.map((check) => ({ check, ok: true })),
      facts: { 'evidence-sha256': evidenceDigest(bytes), 'evidence-id': evidence.id },
      request: { commitment: evidence.commitmentSha256 },
    },
  };
}
