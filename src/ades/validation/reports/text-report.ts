/** A validation report in words, for a terminal; in English but for what `tell` says in another language. */
import type { Problem } from '@segl/problem/problem';
import type {
  Check,
  Conclusion,
  Tell,
  SignatureReport,
  Unjudged,
  ValidationReport,
  WitnessedReport,
} from './report.ts';

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

/** Ends with a line feed. `tell`: what was found, in the reader's language. */
export function textReport(report: ValidationReport, tell: Tell, indent = ''): string {
  const lines = [
    `${report.unjudged ? UNJUDGED[report.unjudged] : conclusion(report)}  ${report.format}, ${report.bytes} bytes, SHA-256 ${report.sha256}`,
    `Validated as of ${report.validatedAt.toISOString()}`,
    ...(report.problem
      ? [`${report.unjudged ? 'Nothing was judged' : 'It cannot be read'}: ${tell(report.problem)}`]
      : []),
    ...(report.package
      ? [
          `${report.package.title}, signed by ${report.package.signer} at ${report.package.signingTime.toISOString()}`,
          `Audit trail: ${report.package.trail.length} events`,
        ]
      : []),
    ...report.signatures.flatMap((one) => signatureLines(one, tell)),
  ];
  const own = lines.map((line) => `${indent}${line}`.trimEnd());
  const parts = report.parts.flatMap(({ name, report: part }) => [
    '',
    `${indent}Attached: ${name}`,
    textReport(part, tell, `${indent}  `).trimEnd(),
  ]);
  return `${[...own, ...parts].join('\n')}\n`;
}

const conclusion = ({ indication, subIndication }: Conclusion): string =>
  subIndication ? `${indication} (${subIndication})` : indication;

function signatureLines(one: SignatureReport, tell: Tell): string[] {
  const level = one.level === undefined ? '' : `, level ${one.level}`;
  // of evidence, the name is that of the signer
  const name = one.name === undefined || one.name === one.signer ? '' : ` (${one.name})`;
  return [
    '',
    `${one.id}: ${conclusion(one)}  ${one.format}${level}${name}`,
    `  by ${one.signer ?? 'somebody unknown'}, proven for ${one.bestSignatureTime.toISOString()} by ${tell(one.proof)}`,
    ...(one.policy
      ? [`  under the policy ${one.policy.id}${one.policy.uri === undefined ? '' : ` (${one.policy.uri})`}`]
      : []),
    ...(one.witnessed ? witnessedLines(one.witnessed) : []),
    ...(one.claimedTime ? [`  claims ${one.claimedTime.toISOString()}`] : []),
    ...checkLines(one.checks, tell, '  '),
    ...(one.secondOpinion
      ? [
          `  second opinion by ${one.secondOpinion.by}: ${one.secondOpinion.outcome} ${one.secondOpinion.problem ? tell(one.secondOpinion.problem) : ''}`,
        ]
      : []),
    ...one.timestamps.flatMap((stamp) => [
      `  ${stamp.name}: ${conclusion(stamp)}  ${stamp.time?.toISOString() ?? ''} by ${stamp.authority ?? 'somebody unknown'}`,
      ...checkLines(
        stamp.checks.filter(({ outcome }) => outcome !== 'passed'),
        tell,
        '    ',
      ),
    ]),
  ];
}

/** What proves it comes first: without the service's word there is nothing but a claim. */
function witnessedLines(told: WitnessedReport): string[] {
  const { signer, signerId, by, method, nameFrom, handwriting, signedAt, declaredAt } = told;
  const id = signerId === undefined ? '' : ` (${signerId})`;
  const how = by === 'login' ? `by a login with ${method} that is bound to it` : 'by hand';
  const name =
    nameFrom === 'eid' ? '' : `; the name is the word of the ${nameFrom}, and nobody verified who it was`;
  return [
    '  the service that sealed it witnessed that',
    `    ${signer}${id} signed at ${signedAt.toISOString()}, ${how}${name}`,
    `    what was signed: ${told.title} (${told.mimeType}), SHA-256 ${told.documentSha256}`,
    `    as declared at ${declaredAt.toISOString()}: ${told.signText.replace(/\s+/g, ' ')}`,
    ...(handwriting
      ? [`    with handwriting: ${handwriting.kind === 'typed' ? handwriting.text : 'a drawing'}`]
      : []),
  ];
}

const hintFor = ({ code }: Problem): string =>
  code === 'certificate/root-no-anchor' ? ' (--trust FILE)' : '';

const checkLines = (checks: readonly Check[], tell: Tell, indent: string): string[] =>
  checks.map(
    ({ outcome, block, check, problem }) =>
      `${indent}${MARKS[outcome]} ${block}/${check}${problem ? `: ${tell(problem)}${hintFor(problem)}` : ''}`,
  );
