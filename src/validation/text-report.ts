/** A validation report in words, for a terminal. */
import { NO_ANCHOR } from './certificate.ts';
import type { Check, Conclusion, SignatureReport, Unjudged, ValidationReport } from './report.ts';

const MARKS: Readonly<Record<Check['outcome'], string>> = {
  passed: '+',
  warning: '!',
  failed: 'x',
  'not-compared': '-',
};

const UNJUDGED: Readonly<Record<Unjudged, string>> = {
  'no-signature': 'NO SIGNATURE',
  encrypted: 'ENCRYPTED',
  unsupported: 'NOT SUPPORTED',
};

/** Ends with a line feed. */
export function textReport(report: ValidationReport, indent = ''): string {
  const lines = [
    `${report.unjudged ? UNJUDGED[report.unjudged] : conclusion(report)}  ${report.format}, ${report.bytes} bytes, SHA-256 ${report.sha256}`,
    `Validated as of ${report.validatedAt.toISOString()}`,
    ...(report.problem === undefined
      ? []
      : [`${report.unjudged ? 'Nothing was judged' : 'It cannot be read'}: ${report.problem}`]),
    ...(report.package
      ? [
          `${report.package.title}, signed by ${report.package.signer} at ${report.package.signingTime.toISOString()}`,
        ]
      : []),
    ...report.signatures.flatMap(signatureLines),
  ];
  const own = lines.map((line) => `${indent}${line}`.trimEnd());
  const parts = report.parts.flatMap(({ name, report: part }) => [
    '',
    `${indent}Attached: ${name}`,
    textReport(part, `${indent}  `).trimEnd(),
  ]);
  return `${[...own, ...parts].join('\n')}\n`;
}

const conclusion = ({ indication, subIndication }: Conclusion): string =>
  subIndication ? `${indication} (${subIndication})` : indication;

function signatureLines(one: SignatureReport): string[] {
  const level = one.level === undefined ? '' : `, level ${one.level}`;
  return [
    '',
    `${one.id}: ${conclusion(one)}  ${one.format}${level}${one.name === undefined ? '' : ` (${one.name})`}`,
    `  by ${one.signer ?? 'somebody unknown'}, proven for ${one.bestSignatureTime.toISOString()} by ${one.proof}`,
    ...(one.policy
      ? [`  under the policy ${one.policy.id}${one.policy.uri === undefined ? '' : ` (${one.policy.uri})`}`]
      : []),
    ...(one.claimedTime ? [`  claims ${one.claimedTime.toISOString()}`] : []),
    ...checkLines(one.checks, '  '),
    ...(one.secondOpinion
      ? [
          `  second opinion by ${one.secondOpinion.by}: ${one.secondOpinion.outcome} ${one.secondOpinion.detail ?? ''}`,
        ]
      : []),
    ...one.timestamps.flatMap((stamp) => [
      `  ${stamp.name}: ${conclusion(stamp)}  ${stamp.time?.toISOString() ?? ''} by ${stamp.authority ?? 'somebody unknown'}`,
      ...checkLines(
        stamp.checks.filter(({ outcome }) => outcome !== 'passed'),
        '    ',
      ),
    ]),
  ];
}

const hintFor = (detail: string): string => (detail.endsWith(NO_ANCHOR) ? ' (--trust FILE)' : '');

const checkLines = (checks: readonly Check[], indent: string): string[] =>
  checks.map(
    ({ outcome, block, check, detail }) =>
      `${indent}${MARKS[outcome]} ${block}/${check}${detail === undefined ? '' : `: ${detail}${hintFor(detail)}`}`,
  );
