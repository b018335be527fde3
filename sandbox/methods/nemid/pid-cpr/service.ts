/** What the PID-CPR service knows and answers: match (PID and CPR given) and lookup (CPR nil, public bodies only). */
import type { Clock } from '@segl/problem/clock';
import { parseCertificate } from '@segl/pki/x509/certificate';
import type { TestPerson } from '../persons.ts';
import type { PidReply, PidRequest } from './soap.ts';
import { GuessGuard, isServiceId, PUBLIC_SERVICE_ID, STATUS } from './status.ts';

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

export class PidCprService {
  readonly #persons: readonly TestPerson[];
  readonly #guard: GuessGuard;
  readonly #used: (operation: 'pid-match' | 'pid-lookup', serviceId: string) => void;

  /** `used` is told what was answered, for the bill. */
  constructor(
    persons: readonly TestPerson[],
    clock: Clock,
    used: (operation: 'pid-match' | 'pid-lookup', serviceId: string) => void = () => undefined,
  ) {
    this.#used = used;
    this.#persons = persons;
    this.#guard = new GuessGuard(clock);
  }

  /** `isProvider`: the caller showed the certificate of a service provider. */
  answer(request: PidRequest, isProvider: boolean): PidReply {
    const { cpr, b64Cert, id, serviceId } = request;
    const certified = b64Cert === undefined ? undefined : pidOf(b64Cert);
    const pid = request.pid?.replace(/^PID:/, '') ?? certified;
    const reply = (status: keyof typeof STATUS, answered: string | undefined = cpr): PidReply => {
      const [statusCode, statusTextDK, statusTextUK] = STATUS[status];
      return { cpr: answered, pid, id, statusCode, statusTextDK, statusTextUK };
    };

    if (!isProvider) return reply('MISSING_CLIENT_CERT');
    if (!isServiceId(serviceId)) return reply('NOT_AUTHORIZED_FOR_SERVICE_LOOKUP');
    if (b64Cert !== undefined && certified === undefined) return reply('NO_PID_IN_CERTIFICATE');
    if (certified !== undefined && certified !== pid) return reply('PID_DOES_NOT_MATCH_BASE64_CERTIFICATE');
    if (cpr === undefined && serviceId !== PUBLIC_SERVICE_ID) return reply('NOT_AUTHORIZED_FOR_CPR_LOOKUP');
    const person = this.#persons.find((candidate) => candidate.pid === pid);
    if (!person) return reply('NO_PID');
    this.#used(cpr === undefined ? 'pid-lookup' : 'pid-match', serviceId ?? '');
    if (cpr === undefined) return reply('OK', person.cpr);
    return reply(this.#guard.judge(person.pid, cpr, person.cpr));
  }
}
