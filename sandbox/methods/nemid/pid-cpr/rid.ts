/** The RID-CPR service: CPR numbers of employees. SOAP 1.1, document/literal, namespaces as in its published WSDL. */
import { simulatorProblems } from '../problems.ts';
import type { Clock } from '@segl/problem/clock';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { employees, type Employee } from '../employees.ts';
import { envelope, escape, readElements } from './soap.ts';
import { GuessGuard, isServiceId, PUBLIC_SERVICE_ID } from './status.ts';

const RID = 'urn:oio:danid:nemid:erhverv:1.0.0';
const CPR = 'http://rep.oio.dk/cpr.dk/xml/schemas/core/2005/03/18/';
const SUBJECT_SERIAL_NUMBER = '2.5.4.5';

const OPERATIONS = ['GetCpr', 'MatchRidAndCpr', 'TestConnection'] as const;
type Operation = (typeof OPERATIONS)[number];

/** The words of EmployeeIdentifierLookupStatusText, with the codes of PID-CPR. */
const CODES = {
  Ok: 0,
  NoRidInCertificate: 4,
  NotAuthorizedForCprLookup: 8,
  BruteForceAttemptDetected: 16,
  NotAuthorizedForServiceLookup: 17,
  RidDoesNotMatchBase64Certificate: 8194,
  MissingClientCert: 8195,
  MissingArgumentError: 8196,
} as const;

interface Answer {
  readonly status: keyof typeof CODES;
  readonly cpr?: string;
  readonly matches?: boolean;
}

const serialOf = (b64Cert: string): string | undefined => {
  try {
    return parseCertificate(Buffer.from(b64Cert, 'base64')).subject.attribute(SUBJECT_SERIAL_NUMBER);
  } catch {
    return undefined;
  }
};

export class RidCprService {
  readonly #guard: GuessGuard;

  readonly #known: () => readonly Employee[];

  constructor(clock: Clock, known: () => readonly Employee[] = () => employees) {
    this.#known = known;
    this.#guard = new GuessGuard(clock);
  }

  /** An envelope to an envelope. Throws BAD_REQUEST. */
  answer(xml: string, isProvider: boolean): string {
    const elements = readElements(xml);
    const call = elements.find(({ path }) => path.length === 3 && path[1] === 'Body')?.path[2] ?? '';
    const operation = OPERATIONS.find((name) => call === `${name}Input`);
    if (!operation)
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/operations', { operations: OPERATIONS }),
      });
    const field = (name: string): string =>
      elements.find(({ path }) => path.length === 4 && path[3] === name)?.text.trim() ?? '';
    return writeAnswer(
      operation,
      isProvider ? this.#judge(operation, field) : { status: 'MissingClientCert' },
    );
  }

  #judge(operation: Operation, field: (name: string) => string): Answer {
    const serviceId = field('ServiceProviderIdentifier');
    if (!isServiceId(serviceId)) return { status: 'NotAuthorizedForServiceLookup' };
    if (operation === 'TestConnection') return { status: 'Ok' };
    const serialNumber = field('SubjectSerialNumberIdentifier');
    if (serialNumber === '') return { status: 'MissingArgumentError' };
    if (operation === 'GetCpr' && serviceId !== PUBLIC_SERVICE_ID) {
      return { status: 'NotAuthorizedForCprLookup' };
    }
    const employee = this.#known().find((one) => one.serialNumber === serialNumber);
    if (!employee) return { status: 'NoRidInCertificate' };
    const { cpr } = employee;
    if (operation === 'GetCpr') return { status: 'Ok', ...(cpr !== undefined && { cpr }) };
    const certified = serialOf(field('CertificateRequestData'));
    if (certified !== undefined && certified !== serialNumber) {
      return { status: 'RidDoesNotMatchBase64Certificate' };
    }
    const verdict = this.#guard.judge(
      serialNumber,
      field('PersonCivilRegistrationIdentifier'),
      cpr ?? 'none on record',
    );
    if (verdict === 'BRUTE_FORCE_ATTEMPT_DETECTED') return { status: 'BruteForceAttemptDetected' };
    return { status: 'Ok', matches: verdict === 'OK' };
  }
}

function writeAnswer(operation: Operation, { status, cpr, matches }: Answer): string {
  const found =
    (cpr === undefined
      ? ''
      : `<c:PersonCivilRegistrationIdentifier xmlns:c="${CPR}">${escape(cpr)}</c:PersonCivilRegistrationIdentifier>`) +
    (matches === undefined ? '' : `<MatchIndicator>${String(matches)}</MatchIndicator>`);
  return envelope(
    `<${operation}Output xmlns="${RID}"><RequestStatusCode>${String(CODES[status])}</RequestStatusCode>` +
      `<EmployeeIdentifierLookupStatusText>${status}</EmployeeIdentifierLookupStatusText>${found}</${operation}Output>`,
  );
}
