/** The parts that the reports of ETSI TS 119 102-2 are made of: constraints, conclusions, and the objects that they refer to. */
import { SHA256 } from '../../xml/algorithms.ts';
import { element, textElement } from '../../xml/canonical-text.ts';
import type { CertificateReport, Check, Conclusion, StampReport, Tell } from './report.ts';

/** Names of what is ours: constraints, and the values that describe a signature. */
export const OWN = 'urn:segl:validation';
export const ETSI = 'urn:etsi:019102';

export type Main = 'total-passed' | 'total-failed' | 'indeterminate' | 'passed' | 'failed';

/** Certificates and time-stamps that reports refer to, each once. */
export class Objects {
  readonly #written = new Map<string, string>();
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

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
      constraints(stamp.checks, this.#tell),
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

export function constraints(checks: readonly Check[], tell: Tell): string {
  const written = checks.map(({ block, check, outcome, problem }) => {
    const applied = outcome === 'not-compared' ? 'disabled' : 'applied';
    const main = outcome === 'failed' ? 'failed' : 'passed';
    const said = problem ? element('vr:Indications', {}, textElement('vr:Detail', plain(tell(problem)))) : '';
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

export function status({ subIndication }: Conclusion, main: Main, data: string): string {
  return element(
    'vr:SignatureValidationStatus',
    {},
    textElement('vr:MainIndication', `${ETSI}:mainindication:${main}`),
    subIndication ? textElement('vr:SubIndication', `${ETSI}:subindication:${subIndication}`) : '',
    data,
  );
}

export function chain(path: readonly CertificateReport[], objects: Objects): string {
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

export const reference = (name: string, id: string): string => element(`vr:${name}`, { VOReference: id });

export const poeElement = (name: string, at: Date, type: 'validation'): string =>
  element(
    `vr:${name}`,
    {},
    textElement('vr:POETime', time(at)),
    textElement('vr:TypeOfProof', `${ETSI}:poetype:${type}`),
  );

export const digest = (hex: string): string =>
  element(
    'vr:DigestAlgAndValue',
    {},
    element('ds:DigestMethod', { Algorithm: SHA256 }),
    textElement('ds:DigestValue', Buffer.from(hex, 'hex').toString('base64')),
  );

export const time = (at: Date): string => at.toISOString();

/** Names in files of others may hold what XML cannot. */
export const plain = (text: string): string =>
  text.replace(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
