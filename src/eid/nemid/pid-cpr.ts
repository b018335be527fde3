/**
 * The PID-CPR service: does this CPR number belong to the person with this PID? SOAP 1.1, document/literal, one
 * request a call. No CPR number ever stands in an error.
 */
import { randomUUID } from 'node:crypto';
import { childElements, getChild, isElement, textOf, withXml } from '../../ades/xml/document.ts';
import { isSeglError, SeglError } from '../../errors.ts';
import type { HttpPost } from '../../pki/http.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const SERVICE = 'http://localhost/';
const TYPES = 'java:dk.certifikat.pid.webservices';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** The status codes of the service by their published names. */
const STATUS: ReadonlyMap<number, string> = new Map([
  [0, 'OK'],
  [1, 'NO_MATCH'],
  [2, 'NO_PID'],
  [4, 'NO_PID_IN_CERTIFICATE'],
  [8, 'NOT_AUTHORIZED_FOR_CPR_LOOKUP'],
  [16, 'BRUTE_FORCE_ATTEMPT_DETECTED'],
  [17, 'NOT_AUTHORIZED_FOR_SERVICE_LOOKUP'],
  [4096, 'NOT_PID_SERVICE_REQUEST'],
  [8192, 'XML_PARSE_ERROR'],
  [8193, 'XML_VERSION_NOT_SUPPORTED'],
  [8194, 'PID_DOES_NOT_MATCH_BASE64_CERTIFICATE'],
  [8195, 'MISSING_CLIENT_CERT'],
  [16384, 'INTERNAL_ERROR'],
]);

export interface PidCprOptions {
  readonly url: string;
  /** Service provider id (SPID). */
  readonly serviceId: string;
  readonly post: HttpPost;
  /** Lookup needs an agreement that only public bodies get. */
  readonly allowLookup?: boolean;
}

export interface PidCprClient {
  /**
   * Whether the CPR number (ten digits) belongs to the PID. Throws UNAVAILABLE when the service fails, PID_CPR_REFUSED
   * {status, name} when it refuses us.
   */
  match(pid: string, cpr: string): Promise<boolean>;
  /** The CPR number of a PID. Throws as `match`, and PID_CPR_LOOKUP_NOT_ALLOWED. */
  lookup(pid: string): Promise<string>;
}

export function createPidCprClient({ url, serviceId, post, allowLookup }: PidCprOptions): PidCprClient {
  const ask = async (pid: string, cpr?: string): Promise<PidReply> => {
    const id = randomUUID();
    const request = writeRequest({ id, serviceId, pid, ...(cpr === undefined ? {} : { cpr }) });
    const reply = readReply(await exchange(post, url, request));
    // an answer to another question is no answer
    if ((reply.id ?? id) !== id || (reply.pid ?? pid) !== pid) throw unavailable();
    return reply;
  };
  return {
    async match(pid, cpr) {
      const { status } = await ask(pid, cpr);
      if (status === 0) return true;
      if (status === 1) return false;
      throw refusal(status);
    },
    async lookup(pid) {
      if (!allowLookup) throw new SeglError('PID_CPR_LOOKUP_NOT_ALLOWED');
      const { status, cpr } = await ask(pid);
      if (status !== 0) throw refusal(status);
      if (!cpr) throw unavailable();
      return cpr;
    },
  };
}

const unavailable = (cause?: unknown): SeglError =>
  new SeglError('UNAVAILABLE', { what: 'The PID-CPR service' }, { cause });

/** An internal error of the service may pass; everything else is about us or the person. */
function refusal(status: number): SeglError {
  if (status === 16384) return unavailable();
  return new SeglError('PID_CPR_REFUSED', { status, name: STATUS.get(status) ?? 'unknown status' });
}

async function exchange(post: HttpPost, url: string, request: string): Promise<Uint8Array> {
  try {
    const { status, body } = await post(url, Buffer.from(request, 'utf8'), 'text/xml; charset=utf-8');
    if (status === 200) return body;
    throw new Error(`HTTP ${String(status)}`);
  } catch (error) {
    throw unavailable(error);
  }
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
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${SOAP}"><soap:Body><s:pid xmlns:s="${SERVICE}">` +
    `<s:pIDRequests xmlns:p="${TYPES}" xmlns:xsi="${XSI}"><p:PIDRequest>${content.join('')}</p:PIDRequest></s:pIDRequests>` +
    '</s:pid></soap:Body></soap:Envelope>\n'
  );
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? character);

interface PidReply {
  readonly status: number;
  readonly cpr?: string;
  readonly pid?: string;
  readonly id?: string;
}

function readReply(bytes: Uint8Array): PidReply {
  try {
    return withXml(bytes, ({ root }) => {
      const response = getChild(getChild(root, SOAP, 'Body'), SERVICE, 'pidResponse');
      const replies = childElements(getChild(response, SERVICE, 'result'));
      const [reply] = replies;
      if (!isElement(reply, TYPES, 'PIDReply') || replies.length > 1) throw unavailable();
      const fields = new Map(childElements(reply).map((field) => [field.name, textOf(field).trim()]));
      const status = fields.get('statusCode') ?? '';
      if (!/^\d+$/.test(status)) throw unavailable();
      return {
        status: Number(status),
        ...optional('cpr', fields.get('CPR')),
        ...optional('pid', fields.get('PID')),
        ...optional('id', fields.get('id')),
      };
    });
  } catch (error) {
    // what the service sent is not quoted: it may hold a CPR number
    if (isSeglError(error, 'XML_INVALID')) throw unavailable();
    throw error;
  }
}

const optional = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value ? ({ [key]: value } as Record<K, string>) : {};
