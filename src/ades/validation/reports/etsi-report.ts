/** The validation report in the XML form of ETSI TS 119 102-2 V1.4.1. */
import { DS, XADES } from '../../xml/algorithms.ts';
import { element, textElement } from '../../xml/canonical-text.ts';
import {
  chain,
  constraints,
  digest,
  ETSI,
  Objects,
  OWN,
  plain,
  poeElement,
  reference,
  status,
  time,
  type Main,
} from './etsi-parts.ts';
import { partPrefix, type SignatureReport, type Tell, type ValidationReport } from './report.ts';

export const ETSI_REPORT_NAMESPACE = 'http://uri.etsi.org/19102/v1.4.1#';

/** The document, in UTF-8; `tell`: what was found, in the reader's language. One SignatureValidationReport a signature; without any, one about the file. */
export function writeEtsiReport(report: ValidationReport, tell: Tell): string {
  const all = signaturesOf(report);
  const objects = new Objects(tell);
  const reports =
    all.length > 0
      ? all.map(({ report: own, signature, id }) => signatureReport(own, signature, id, { objects, tell }))
      : [fileReport(report, tell)];
  const root = element(
    'vr:ValidationReport',
    { 'xmlns:vr': ETSI_REPORT_NAMESPACE, 'xmlns:ds': DS, 'xmlns:XAdES': XADES },
    ...reports,
    objects.write(),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

interface Placed {
  readonly report: ValidationReport;
  readonly signature: SignatureReport;
  readonly id: string;
}

function signaturesOf(report: ValidationReport, prefix = ''): Placed[] {
  return [
    ...report.signatures.map((signature) => ({ report, signature, id: `${prefix}${signature.id}` })),
    ...report.parts.flatMap(({ report: part }, index) => signaturesOf(part, `${prefix}${partPrefix(index)}`)),
  ];
}

function signatureReport(
  report: ValidationReport,
  signature: SignatureReport,
  id: string,
  { objects, tell }: { readonly objects: Objects; readonly tell: Tell },
): string {
  for (const [index, stamp] of signature.timestamps.entries())
    objects.stamp(`${id}-stamp-${index + 1}`, stamp);
  const [leaf] = signature.path;
  const signer = leaf
    ? element(
        'vr:SignerInformation',
        {},
        reference('SignerCertificate', objects.certificate(leaf)),
        textElement('vr:Signer', plain(leaf.subject)),
      )
    : '';
  const main = signature.indication.toLowerCase() as Main;
  return element(
    'vr:SignatureValidationReport',
    {},
    element(
      'vr:SignatureIdentifier',
      { id },
      // without what was signed, the file is the next best to tell it by
      digest(signature.signedSha256 ?? report.sha256),
      signature.signatureValue === undefined
        ? ''
        : textElement('ds:SignatureValue', signature.signatureValue),
      textElement('vr:HashOnly', 'false'),
      textElement('vr:DocHashOnly', 'false'),
      textElement(
        'vr:DAIdentifier',
        plain(`${signature.format}${signature.name === undefined ? '' : ` ${signature.name}`}`),
      ),
    ),
    constraints(signature.checks, tell),
    element(
      'vr:ValidationTimeInfo',
      {},
      textElement('vr:ValidationTime', time(report.validatedAt)),
      poeElement('BestSignatureTime', signature.bestSignatureTime, 'validation'),
    ),
    signersDocument(signature),
    attributes(signature),
    signer,
    quality(signature),
    process(),
    status(signature, main, chain(signature.path, objects)),
  );
}

/** What the signature value is over is the statement; the document that it is about is named in it. */
const signersDocument = ({ witnessed }: SignatureReport): string =>
  witnessed ? element('vr:SignersDocument', {}, digest(witnessed.documentSha256)) : '';

function attributes({ claimedTime, policy }: SignatureReport): string {
  const written = [
    claimedTime ? element('vr:SigningTime', {}, textElement('vr:Time', time(claimedTime))) : '',
    policy
      ? element('vr:SigPolicyIdentifier', {}, textElement('vr:SigPolicyId', policyUri(plain(policy.id))))
      : '',
  ].join('');
  return written === '' ? '' : element('vr:SignatureAttributes', {}, written);
}

/** OIDs as URIs (RFC 3061). */
const policyUri = (id: string): string => (/^[0-9.]+$/.test(id) ? `urn:oid:${id}` : id);

/** The level, and what a witnessed signature rests on, which the schema has no other place for. */
function quality({ format, level, witnessed }: SignatureReport): string {
  const told = [
    ...(level === undefined ? [] : [`level:${levelName(format, level)}`]),
    ...(witnessed ? [`witnessed:${witnessed.by}`, `name-from:${witnessed.nameFrom}`] : []),
  ];
  const written = told.map((one) => textElement('vr:SignatureQualityInformation', `${OWN}:${one}`));
  return written.length > 0 ? element('vr:SignatureQuality', {}, ...written) : '';
}

const levelName = (format: string, level: string): string =>
  `${/^(B|T|LTA?)$/.test(level) ? `${format}-BASELINE` : format}-${level}`.replaceAll(' ', '-');

/** About a file in which there is no signature, or none that can be read. */
function fileReport(report: ValidationReport, tell: Tell): string {
  return element(
    'vr:SignatureValidationReport',
    {},
    element(
      'vr:SignatureIdentifier',
      { id: 'file' },
      digest(report.sha256),
      textElement('vr:HashOnly', 'false'),
      textElement('vr:DocHashOnly', 'false'),
    ),
    constraints(
      [
        {
          block: 'format',
          check: report.unjudged ?? 'structure',
          outcome: 'failed',
          ...(report.problem && { problem: report.problem }),
        },
      ],
      tell,
    ),
    element(
      'vr:ValidationTimeInfo',
      {},
      textElement('vr:ValidationTime', time(report.validatedAt)),
      poeElement('BestSignatureTime', report.validatedAt, 'validation'),
    ),
    process(),
    status(report, report.indication.toLowerCase() as Main, ''),
  );
}

const process = (): string =>
  element(
    'vr:SignatureValidationProcess',
    {},
    textElement('vr:SignatureValidationProcessID', `${ETSI}:validationprocess:LTA`),
  );
