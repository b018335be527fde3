/**
 * The PID-CPR service: whose CPR number belongs to a PID. SOAP 1.1, document/literal, one request a call, over TLS with
 * the VOCES of the service provider.
 */
import { nemidProblems } from '../problems.ts';
import { randomUUID } from 'node:crypto';
import { getChild, isElement, textOf, type XmlDocument } from '@segl/ades/xml/document';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import type { HttpPost } from '@segl/pki/revocation/http';
import { escapeText, exchange, judgeStatus, SOAP, unavailable, type CprMode } from './cpr-service.ts';

const NAME = 'PID-CPR';
const SERVICE = 'http://localhost/';
const TYPES = 'java:dk.certifikat.pid.webservices';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

export interface PidCprOptions {
  readonly url: string;
  /** Service provider id (SPID). */
  readonly serviceId: string;
  /** Reaches the service, with the TLS client certificate where it asks for one. */
  readonly post: HttpPost;
  /** What our agreement allows; nothing else is asked. */
  readonly mode: CprMode;
}

export interface PidCprClient {
  readonly mode: CprMode;
  /**
   * Whether the CPR number (ten digits) belongs to the PID. Throws CPR_NOT_AGREED, CPR_PERSON_UNKNOWN, CPR_GUESSING,
   * CPR_SERVICE_REFUSED {service, name, status}, and UNAVAILABLE when the service fails.
   */
  match(pid: string, cpr: string): Promise<boolean>;
  /** The CPR number of a PID. Throws as `match`. */
  lookup(pid: string): Promise<string>;
  /** Asks the service to answer at all; needs no agreement. Throws UNAVAILABLE. */
  test(): Promise<void>;
}

export function createPidCprClient({ url, serviceId, post, mode }: PidCprOptions): PidCprClient {
  const target = { service: NAME, url, post } as const;
  const ask = async (pid: string, cpr?: string): Promise<PidReply> => {
    const id = randomUUID();
    const request = writeRequest({ id, serviceId, pid, ...(cpr === undefined ? {} : { cpr }) });
    const reply = await exchange(target, request, readReply);
    // an answer to another question is no answer
    if ((reply.id ?? id) !== id || (reply.pid ?? pid) !== pid) throw unavailable(NAME);
    return reply;
  };
  const notAgreed = (name: Problem): SeglError =>
    nemidProblems.error('CPR_NOT_AGREED', { service: NAME, name, status: 'none' });
  return {
    mode,
    async match(pid, cpr) {
      // whoever may look up may also ask whether a number is right
      if (mode === 'none') throw notAgreed(nemidProblems.of('cpr/no-agreement'));
      return judgeStatus(NAME, (await ask(pid, cpr)).status);
    },
    async lookup(pid) {
      if (mode !== 'lookup') throw notAgreed(nemidProblems.of('cpr/lookup-of-public'));
      const { status, cpr } = await ask(pid);
      if (!judgeStatus(NAME, status) || !cpr || !/^\d{10}$/.test(cpr)) throw unavailable(NAME);
      return cpr;
    },
    async test() {
      const number = 7;
      const request = `<s:testConnection xmlns:s="${SERVICE}"><s:intVal>${number}</s:intVal></s:testConnection>`;
      const answered = await exchange(target, request, ({ root }) => {
        const response = getChild(getChild(root, SOAP, 'Body'), SERVICE, 'testConnectionResponse');
        return textOf(getChild(response, SERVICE, 'result')).trim();
      });
      if (answered !== String(number)) throw unavailable(NAME);
    },
  };
}

interface PidRequest {
  readonly id: string;
  readonly serviceId: string;
  readonly pid: string;
  /** Absent: a lookup. */
  readonly cpr?: string;
}

/** Fields in the order of the schema; what is absent is nil. */
function writeRequest({ id, serviceId, pid, cpr }: PidRequest): string {
  const fields = [
    ['CPR', cpr],
    ['PID', pid],
    ['b64Cert', undefined],
    ['id', id],
    ['serviceId', serviceId],
  ] as const;
  const content = fields.map(([name, value]) =>
    value === undefined ? `<p:${name} xsi:nil="true"/>` : `<p:${name}>${escapeText(value)}</p:${name}>`,
  );
  return (
    `<s:pid xmlns:s="${SERVICE}"><s:pIDRequests xmlns:p="${TYPES}" xmlns:xsi="${XSI}">` +
    `<p:PIDRequest>${content.join('')}</p:PIDRequest></s:pIDRequests></s:pid>`
  );
}

interface PidReply {
  readonly status: number;
  readonly cpr?: string;
  readonly pid?: string;
  readonly id?: string;
}

function readReply({ root }: XmlDocument): PidReply {
  const response = getChild(getChild(root, SOAP, 'Body'), SERVICE, 'pidResponse');
  const replies = getChild(response, SERVICE, 'result').elements;
  const [reply] = replies;
  if (!isElement(reply, TYPES, 'PIDReply') || replies.length > 1) throw unavailable(NAME);
  const fields = new Map(reply.elements.map((field) => [field.name, textOf(field).trim()]));
  const status = fields.get('statusCode') ?? '';
  if (!/^\d+$/.test(status)) throw unavailable(NAME);
  return {
    status: Number(status),
    ...optional('cpr', fields.get('CPR')),
    ...optional('pid', fields.get('PID')),
    ...optional('id', fields.get('id')),
  };
}

const optional = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value ? ({ [key]: value } as Record<K, string>) : {};
