/** The validation report as JSON, for programs: what was found by its code and parameters, and as text. */
import type { Problem } from '../../problem/problem.ts';
import type { Check, SecondOpinion, SignatureReport, StampReport, Tell, ValidationReport } from './report.ts';

/** A problem as it is told to programs: decisions hang on `code` and `params`, `detail` is for people. */
interface Told {
  readonly code: string;
  readonly params: Problem['params'];
  readonly detail: string;
}

/** Dates become ISO 8601 where it is written. `tell`: what was found, in the reader's language. */
export function jsonReport(report: ValidationReport, tell: Tell): object {
  const { problem, signatures, parts, ...rest } = report;
  return {
    ...rest,
    ...(problem && { problem: told(problem, tell) }),
    signatures: signatures.map((one) => signatureOf(one, tell)),
    parts: parts.map((part) => ({ ...part, report: jsonReport(part.report, tell) })),
  };
}

const told = ({ code, params }: Problem, tell: Tell): Told => ({
  code,
  params,
  detail: tell({ code, params }),
});

function signatureOf(signature: SignatureReport, tell: Tell): object {
  const { proof, checks, timestamps, changes, secondOpinion, ...rest } = signature;
  return {
    ...rest,
    proof: told(proof, tell),
    checks: checks.map((one) => found(one, tell)),
    timestamps: timestamps.map((one: StampReport) => ({
      ...one,
      checks: one.checks.map((check) => found(check, tell)),
    })),
    ...(changes && { changes: changes.map((change) => told(change, tell)) }),
    ...(secondOpinion && { secondOpinion: found(secondOpinion, tell) }),
  };
}

const found = ({ problem, ...rest }: Check | SecondOpinion, tell: Tell): object => ({
  ...rest,
  ...(problem && told(problem, tell)),
});
