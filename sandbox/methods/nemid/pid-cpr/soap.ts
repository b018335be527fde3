/** The PID-CPR service on the wire: SOAP 1.1, document/literal, namespaces as in its published WSDL. */
import { simulatorProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { SaxesParser } from 'saxes';
import { generalProblems } from '@segl/problem/problems';

/** One PIDRequest. A field that is nil, empty or absent is undefined. */
export interface PidRequest {
  readonly cpr?: string;
  readonly pid?: string;
  readonly b64Cert?: string;
  readonly id?: string;
  readonly serviceId?: string;
}

/** One PIDReply; undefined fields are written as nil. */
export interface PidReply {
  readonly cpr: string | undefined;
  readonly pid: string | undefined;
  readonly id: string | undefined;
  readonly statusCode: number;
  readonly statusTextDK: string;
  readonly statusTextUK: string;
}

export type PidCall =
  | { readonly operation: 'pid'; readonly requests: readonly PidRequest[] }
  | { readonly operation: 'testConnection'; readonly value: number }
  | { readonly operation: 'test' };

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const SERVICE = 'http://localhost/';
const TYPES = 'java:dk.certifikat.pid.webservices';
const DEEPEST = 12;
const MOST_REQUESTS = 100;

const FIELDS: Readonly<Record<string, keyof PidRequest>> = {
  CPR: 'cpr',
  PID: 'pid',
  b64Cert: 'b64Cert',
  id: 'id',
  serviceId: 'serviceId',
};

const unreadable = (why: Problem) => simulatorProblems.error('BAD_REQUEST', { why });

/** Elements as a path of local names with their text. Document types are refused, so there are no entities. */
export function readElements(xml: string): { path: string[]; text: string }[] {
  const parser = new SaxesParser({ xmlns: true });
  const path: string[] = [];
  const open: { path: string[]; text: string }[] = [];
  const elements: { path: string[]; text: string }[] = [];
  parser.on('error', (error) => {
    throw unreadable(generalProblems.of('foreign/said', { said: error.message }));
  });
  parser.on('doctype', () => {
    throw unreadable(simulatorProblems.of('pid/doctype'));
  });
  parser.on('opentag', ({ local }) => {
    path.push(local);
    if (path.length > DEEPEST) throw unreadable(simulatorProblems.of('pid/depth'));
    const element = { path: [...path], text: '' };
    open.push(element);
    elements.push(element);
  });
  const collect = (text: string): void => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on('text', collect);
  parser.on('cdata', collect);
  parser.on('closetag', () => {
    path.pop();
    open.pop();
  });
  parser.write(xml).close();
  return elements;
}

/** Reads an envelope by local names. Throws BAD_REQUEST. */
export function readPidCall(xml: string): PidCall {
  const elements = readElements(xml);
  const [envelope] = elements;
  if (envelope?.path[0] !== 'Envelope') throw unreadable(simulatorProblems.of('pid/no-envelope'));
  const call = elements.find(({ path }) => path.length === 3 && path[1] === 'Body');
  switch (call?.path[2] ?? '') {
    case 'pid':
      return { operation: 'pid', requests: readRequests(elements) };
    case 'testConnection': {
      const value = Number(elements.find(({ path }) => path[3] === 'intVal')?.text.trim());
      if (!Number.isInteger(value))
        throw unreadable(simulatorProblems.of('pid/no-number', { field: 'intVal' }));
      return { operation: 'testConnection', value };
    }
    case 'test':
      return { operation: 'test' };
    default:
      throw unreadable(simulatorProblems.of('pid/operations'));
  }
}

function readRequests(elements: readonly { path: string[]; text: string }[]): PidRequest[] {
  const requests: { -readonly [K in keyof PidRequest]: string }[] = [];
  for (const { path, text } of elements) {
    if (path[4] !== 'PIDRequest') continue;
    if (path.length === 5) requests.push({});
    const field = path.length === 6 ? FIELDS[path[5] ?? ''] : undefined;
    const request = requests.at(-1);
    if (request && field && text.trim() !== '') request[field] = text.trim();
  }
  if (requests.length > MOST_REQUESTS)
    throw unreadable(simulatorProblems.of('pid/requests', { limit: MOST_REQUESTS }));
  return requests;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

export const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${SOAP}"><soap:Body>${body}</soap:Body></soap:Envelope>\n`;

const field = (name: string, value: string | undefined): string =>
  value === undefined ? `<p:${name} xsi:nil="true"></p:${name}>` : `<p:${name}>${escape(value)}</p:${name}>`;

/** Fields in the order of the schema. */
export function writePidReplies(replies: readonly PidReply[]): string {
  const items = replies.map(
    ({ cpr, pid, id, statusCode, statusTextDK, statusTextUK }) =>
      `<p:PIDReply>${field('CPR', cpr)}${field('PID', pid)}${field('id', id)}` +
      `${field('redirURL', 'Not implemented')}${field('statusCode', String(statusCode))}` +
      `${field('statusTextDK', statusTextDK)}${field('statusTextUK', statusTextUK)}</p:PIDReply>`,
  );
  return envelope(
    `<pidResponse xmlns="${SERVICE}"><result xmlns:p="${TYPES}" ` +
      `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${items.join('')}</result></pidResponse>`,
  );
}

export const writeTestConnection = (value: number): string =>
  envelope(
    `<testConnectionResponse xmlns="${SERVICE}"><result>${String(value)}</result></testConnectionResponse>`,
  );

export const writeTest = (): string => envelope(`<testResponse xmlns="${SERVICE}"></testResponse>`);

export const writeFault = (side: 'Client' | 'Server', message: string): string =>
  envelope(
    `<soap:Fault><faultcode>soap:${side}</faultcode><faultstring>${escape(message)}</faultstring></soap:Fault>`,
  );
