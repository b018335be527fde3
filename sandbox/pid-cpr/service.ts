/** What the PID-CPR service knows and answers: match (PID and CPR given) and lookup (CPR nil, public bodies only). */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../src/clock.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import type { TestPerson } from '../persons.ts';
import type { PidReply, PidRequest } from './soap.ts';

/** A private provider, that may match only. */
export const PRIVATE_SERVICE_ID = '1';

/** A public body, that may look up as well. */
export const PUBLIC_SERVICE_ID = '2';

const STATUS = {
  OK: [0, 'OK', 'OK'],
  NO_MATCH: [1, 'CPR svarer ikke til PID', 'CPR does not match PID'],
  NO_PID: [2, 'PID findes ikke', 'PID does not exist'],
  NO_PID_IN_CERTIFICATE: [4, 'Intet PID i certifikatet', 'No PID in the certificate'],
  NOT_AUTHORIZED_FOR_CPR_LOOKUP: [8, 'Ingen ret til CPR-opslag', 'Not authorized for CPR lookup'],
  BRUTE_FORCE_ATTEMPT_DETECTED: [16, 'Systematisk søgning opdaget', 'Systematic search detected'],
  NOT_AUTHORIZED_FOR_SERVICE_LOOKUP: [17, 'Ingen ret til tjenesten', 'Not authorized for this service id'],
  PID_DOES_NOT_MATCH_BASE64_CERTIFICATE: [
    8194,
    'PID svarer ikke til certifikatet',
    'PID does not match the certificate',
  ],
} as const satisfies Record<string, readonly [code: number, danish: string, english: string]>;

/** Wrong guesses for one PID within the hour that look like a search. */
const MOST_WRONG_GUESSES = 20;
const HOUR = 3_600_000;

const SUBJECT_SERIAL_NUMBER = '2.5.4.5';

/** `undefined`: not a certificate, or not one of a person. */
function pidOf(b64Cert: string): string | undefined {
  try {
    const { subject } = parseCertificate(Buffer.from(b64Cert, 'base64'));
    return /^PID:(\S+)$/.exec(subject.attribute(SUBJECT_SERIAL_NUMBER) ?? '')?.[1];
  } catch {
    return undefined;
  }
}

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export class PidCprService {
  readonly #persons: readonly TestPerson[];
  readonly #clock: Clock;
  readonly #wrong = new Map<string, number[]>();

  constructor(persons: readonly TestPerson[], clock: Clock) {
    this.#persons = persons;
    this.#clock = clock;
  }

  answer(request: PidRequest): PidReply {
    const { cpr, b64Cert, id, serviceId } = request;
    const certified = b64Cert === undefined ? undefined : pidOf(b64Cert);
    const pid = request.pid?.replace(/^PID:/, '') ?? certified;
    const reply = (status: keyof typeof STATUS, answered: string | undefined = cpr): PidReply => {
      const [statusCode, statusTextDK, statusTextUK] = STATUS[status];
      return { cpr: answered, pid, id, statusCode, statusTextDK, statusTextUK };
    };

    if (serviceId !== PRIVATE_SERVICE_ID && serviceId !== PUBLIC_SERVICE_ID) {
      return reply('NOT_AUTHORIZED_FOR_SERVICE_LOOKUP');
    }
    if (b64Cert !== undefined && certified === undefined) return reply('NO_PID_IN_CERTIFICATE');
    if (certified !== undefined && certified !== pid) return reply('PID_DOES_NOT_MATCH_BASE64_CERTIFICATE');
    if (cpr === undefined && serviceId !== PUBLIC_SERVICE_ID) return reply('NOT_AUTHORIZED_FOR_CPR_LOOKUP');
    const person = this.#persons.find((candidate) => candidate.pid === pid);
    if (!person) return reply('NO_PID');
    if (cpr === undefined) return reply('OK', person.cpr);
    if (this.#recentWrong(person.pid).length >= MOST_WRONG_GUESSES) {
      return reply('BRUTE_FORCE_ATTEMPT_DETECTED');
    }
    if (same(cpr, person.cpr)) return reply('OK');
    this.#wrong.set(person.pid, [...this.#recentWrong(person.pid), this.#clock.now().getTime()]);
    return reply('NO_MATCH');
  }

  #recentWrong(pid: string): number[] {
    const since = this.#clock.now().getTime() - HOUR;
    return (this.#wrong.get(pid) ?? []).filter((time) => time > since);
  }
}
