/** The validation report as JSON, for programs: what was found by its code and parameters, and as text. */
import type { Problem } from '@segl/problem/problem';
import type { Check, SecondOpinion, SignatureReport, Tell, ValidationReport } from './report.ts';

/**
 * Decisions hang on codes and parameters; texts are for people, in the language of `tell`. A check has `code`, `params` and
 * `detail`; what has a text under another name has its code beside it (`proof`, `proofCode`, `proofParams`). Dates become ISO
 * 8601 where it is written.
 */
export function jsonReport(report: ValidationReport, tell: Tell): object {
  const { problem, signatures, parts, ...rest } = report;
  return {
    ...rest,
    ...(problem && {
      problem: tell(problem),
      problemCode: problem.code,
      problemParams: problem.params,
    }),
    signatures: signatures.map((one) => signatureOf(one, tell)),
    parts: parts.map((part) => ({ ...part, report: jsonReport(part.report, tell) })),
  };
}

function signatureOf(signature: SignatureReport, tell: Tell): object {
  const { proof, checks, timestamps, changes, secondOpinion, ...rest } = signature;
  return {
    ...rest,
    proof: tell(proof),
    proofCode: proof.code,
    proofParams: proof.params,
    checks: checks.map((one) => found(one, tell)),
    timestamps: timestamps.map((one) => ({
      ...one,
      checks: one.checks.map((check) => found(check, tell)),
    })),
    ...(changes && { changes: changes.map(tell), changeCodes: changes.map(plain) }),
    ...(secondOpinion && { secondOpinion: found(secondOpinion, tell) }),
  };
}

const plain = ({ code, params }: Problem): Problem => ({ code, params });

const found = ({ problem, ...rest }: Check | SecondOpinion, tell: Tell): object => ({
  ...rest,
  ...(problem && { ...plain(problem), detail: tell(problem) }),
});
