/** The validation report in the XML form of ETSI TS 119 102-2 V1.4.1. */
import { DS, SHA256, XADES } from '../ades/xml/algorithms.ts';
import { element, textElement } from '../ades/xml/canonical-text.ts';
import type {
  CertificateReport,
  Check,
  Conclusion,
  SignatureReport,
  StampReport,
  ValidationReport,
} from './report.ts';

export const ETSI_REPORT_NAMESPACE = 'http://uri.etsi.org/19102/v1.4.1#';

/** Names of what is ours: constraints, and the values that describe a signature. */
const OWN = 'urn:segl:validation';
const ETSI = 'urn:etsi:019102';

type Main = 'total-passed' | 'total-failed' | 'indeterminate' | 'passed' | 'failed';

/** The document, in UTF-8. One SignatureValidationReport a signature; without any, one about the file. */
export function writeEtsiReport(report: ValidationReport): string {
  const all = signaturesOf(report);
  const objects = new Objects();
  const reports =
    all.length > 0
      ? all.map(({ report: own, signature, id }) => signatureReport(own, signature, id, objects))
      : [fileReport(report)];
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
    ...report.parts.flatMap(({ report: part }, index) => signaturesOf(part, `${prefix}part-${index + 1}-`)),
  ];
}

/** Certificates and time-stamps that reports refer to, each once. */
class Objects {
  readonly #written = new Map<string, string>();

  certificate({ sha256 }: CertificateReport): string {
    return this.#add(`certificate-${sha256.slice(0, 32)}`, 'certificate', digest(sha256), '');
  }

  stamp(id: string, stamp: StampReport): void {
    const { indication } = stamp;
    const main =
      indication === 'TOTAL-PASSED' ? 'passed' : indication === 'TOTAL-FAILED' ? 'failed' : 'indeterminate';
    const content = element('vr:direct', {}, textElement('vr:Name', stamp.name));
    const poe = stamp.time ? poeElement('POE', stamp.time, 'validation') : '';
    const report = element(
      'vr:ValidationReport',
      {},
      constraints(stamp.checks),
      status(stamp, main, chain(stamp.path, this)),
    );
    this.#add(id, 'timestamp', content, poe + report);
  }

  #add(id: string, type: string, representation: string, rest: string): string {
    if (!this.#written.has(id)) {
      const body = element('vr:ValidationObjectRepresentation', {}, representation);
      const own = textElement('vr:ObjectType', `${ETSI}:validationObject:${type}`);
      this.#written.set(id, element('vr:ValidationObject', { id }, own, body, rest));
    }
    return id;
  }

  write(): string {
    const all = [...this.#written.values()];
    return all.length > 0 ? element('vr:SignatureValidationObjects', {}, ...all) : '';
  }
}

function signatureReport(
  report: ValidationReport,
  signature: SignatureReport,
  id: string,
  objects: Objects,
): string {
  for (const [index, stamp] of signature.timestamps.entries())
    objects.stamp(`${id}-stamp-${index + 1}`, stamp);
  const [leaf] = signature.path;
  const attributes = signature.claimedTime
    ? element(
        'vr:SignatureAttributes',
        {},
        element('vr:SigningTime', {}, textElement('vr:Time', time(signature.claimedTime))),
      )
    : '';
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
      digest(report.sha256),
      textElement('vr:HashOnly', 'false'),
      textElement('vr:DocHashOnly', 'false'),
      textElement(
        'vr:DAIdentifier',
        plain(`${signature.format}${signature.name === undefined ? '' : ` ${signature.name}`}`),
      ),
    ),
    constraints(signature.checks),
    element(
      'vr:ValidationTimeInfo',
      {},
      textElement('vr:ValidationTime', time(report.validatedAt)),
      poeElement('BestSignatureTime', signature.bestSignatureTime, 'validation'),
    ),
    attributes,
    signer,
    process(),
    status(signature, main, chain(signature.path, objects)),
  );
}

/** About a file in which there is no signature, or none that can be read. */
function fileReport(report: ValidationReport): string {
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
    constraints([{ block: 'format', check: 'structure', outcome: 'failed', detail: report.problem ?? '' }]),
    element(
      'vr:ValidationTimeInfo',
      {},
      textElement('vr:ValidationTime', time(report.validatedAt)),
      poeElement('BestSignatureTime', report.validatedAt, 'validation'),
    ),
    process(),
    status(report, 'total-failed', ''),
  );
}

const process = (): string =>
  element(
    'vr:SignatureValidationProcess',
    {},
    textElement('vr:SignatureValidationProcessID', `${ETSI}:validationprocess:LTA`),
  );

function constraints(checks: readonly Check[]): string {
  const written = checks.map(({ block, check, outcome, detail }) => {
    const applied = outcome === 'not-compared' ? 'disabled' : 'applied';
    const main = outcome === 'failed' ? 'failed' : 'passed';
    const said =
      detail === undefined ? '' : element('vr:Indications', {}, textElement('vr:Detail', plain(detail)));
    return element(
      'vr:ValidationConstraint',
      {},
      textElement('vr:ValidationConstraintIdentifier', `${OWN}:${block}:${check}`),
      element('vr:ConstraintStatus', {}, textElement('vr:Status', `${ETSI}:constraintStatus:${applied}`)),
      applied === 'applied'
        ? element(
            'vr:ValidationStatus',
            {},
            textElement('vr:MainIndication', `${ETSI}:mainindication:${main}`),
          )
        : '',
      said,
    );
  });
  return written.length > 0 ? element('vr:ValidationConstraintsEvaluationReport', {}, ...written) : '';
}

function status({ subIndication }: Conclusion, main: Main, data: string): string {
  return element(
    'vr:SignatureValidationStatus',
    {},
    textElement('vr:MainIndication', `${ETSI}:mainindication:${main}`),
    subIndication ? textElement('vr:SubIndication', `${ETSI}:subindication:${subIndication}`) : '',
    data,
  );
}

function chain(path: readonly CertificateReport[], objects: Objects): string {
  const [leaf, ...rest] = path;
  if (!leaf) return '';
  const anchor = path.find(({ isTrustAnchor }) => isTrustAnchor);
  const between = rest.filter((one) => one !== anchor);
  const revoked = path.find((one) => one.status?.status === 'revoked' && one.status.revokedAt);
  return element(
    'vr:AssociatedValidationReportData',
    {},
    anchor ? reference('TrustAnchor', objects.certificate(anchor)) : '',
    element(
      'vr:CertificateChain',
      {},
      reference('SigningCertificate', objects.certificate(leaf)),
      ...between.map((one) => reference('IntermediateCertificate', objects.certificate(one))),
      anchor ? reference('TrustAnchor', objects.certificate(anchor)) : '',
    ),
    revoked
      ? element(
          'vr:RevocationStatusInformation',
          {},
          reference('ValidationObjectId', objects.certificate(revoked)),
          textElement('vr:RevocationTime', time(revoked.status!.revokedAt!)),
        )
      : '',
  );
}

const reference = (name: string, id: string): string => element(`vr:${name}`, { VOReference: id });

const poeElement = (name: string, at: Date, type: 'validation'): string =>
  element(
    `vr:${name}`,
    {},
    textElement('vr:POETime', time(at)),
    textElement('vr:TypeOfProof', `${ETSI}:poetype:${type}`),
  );

const digest = (hex: string): string =>
  element(
    'vr:DigestAlgAndValue',
    {},
    element('ds:DigestMethod', { Algorithm: SHA256 }),
    textElement('ds:DigestValue', Buffer.from(hex, 'hex').toString('base64')),
  );

const time = (at: Date): string => at.toISOString();

/** Names in files of others may hold what XML cannot. */
const plain = (text: string): string =>
  text.replace(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
