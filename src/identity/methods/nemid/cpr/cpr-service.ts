/**
 * What the PID-CPR and RID-CPR services have in common: how they are asked, and what their status codes mean to us. No
 * CPR number ever stands in an error.
 */
import { nemidProblems } from '../problems.ts';
import { parseXml, type XmlDocument } from '@segl/ades/xml/document';
import type { SeglError } from '@segl/problem/errors';
import { isSeglError } from '@segl/problem/errors';
import type { HttpPost } from '@segl/pki/revocation/http';

export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';

/** How an account gets CPR numbers, as its agreement says. Lookup is for public bodies. */
export type CprMode = 'match' | 'lookup' | 'none';

export type CprServiceName = 'PID-CPR' | 'RID-CPR';

/**
 * What a status means. `person-unknown`: nobody has this identity; `not-agreed`: our agreement, service id or
 * certificate does not allow it; `guessing`: too many wrong numbers; `ours`: our request was wrong; `theirs`: it may pass.
 */
type Outcome = 'ok' | 'no-match' | 'person-unknown' | 'not-agreed' | 'guessing' | 'ours' | 'theirs';

/** Status codes by their published names. RID-CPR uses the same, and gives the name in camel case. */
const STATUS: readonly (readonly [code: number, name: string, outcome: Outcome])[] = [
  [0, 'OK', 'ok'],
  [1, 'NO_MATCH', 'no-match'],
  [2, 'NO_PID', 'person-unknown'],
  [4, 'NO_PID_IN_CERTIFICATE', 'person-unknown'],
  [4, 'NO_RID_IN_CERTIFICATE', 'person-unknown'],
  [8, 'NOT_AUTHORIZED_FOR_CPR_LOOKUP', 'not-agreed'],
  [16, 'BRUTE_FORCE_ATTEMPT_DETECTED', 'guessing'],
  [17, 'NOT_AUTHORIZED_FOR_SERVICE_LOOKUP', 'not-agreed'],
  [4096, 'NOT_PID_SERVICE_REQUEST', 'ours'],
  [4096, 'NOT_RID_SERVICE_REQUEST', 'ours'],
  [8192, 'XML_PARSE_ERROR', 'ours'],
  [8193, 'XML_VERSION_NOT_SUPPORTED', 'ours'],
  [8194, 'PID_DOES_NOT_MATCH_BASE64_CERTIFICATE', 'ours'],
  [8194, 'RID_DOES_NOT_MATCH_BASE64_CERTIFICATE', 'ours'],
  [8195, 'MISSING_CLIENT_CERT', 'not-agreed'],
  [8196, 'MISSING_ARGUMENT_ERROR', 'ours'],
  [16384, 'INTERNAL_ERROR', 'theirs'],
];

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The entry of a status, by its number or, as RID-CPR says it, by its name in camel case. */
const entryOf = (status: number | string) =>
  STATUS.find(([code, name]) => (typeof status === 'number' ? code === status : camelCase(name) === status));

/**
 * True when the status says yes, false when it says that the number is another. Throws for every other one:
 * CPR_PERSON_UNKNOWN, CPR_NOT_AGREED, CPR_GUESSING, CPR_SERVICE_REFUSED, UNAVAILABLE.
 */
export function judgeStatus(service: CprServiceName, status: number | string): boolean {
  const [, named, outcome = 'ours'] = entryOf(status) ?? [];
  const name =
    named === undefined
      ? nemidProblems.of('cpr/status-unknown')
      : nemidProblems.of('cpr/status', { status: named });
  const about = { service, name, status };
  switch (outcome) {
    case 'ok':
      return true;
    case 'no-match':
      return false;
    case 'person-unknown':
      throw nemidProblems.error('CPR_PERSON_UNKNOWN', about);
    case 'not-agreed':
      throw nemidProblems.error('CPR_NOT_AGREED', about);
    case 'guessing':
      throw nemidProblems.error('CPR_GUESSING', about);
    case 'ours':
      throw nemidProblems.error('CPR_SERVICE_REFUSED', about);
    case 'theirs':
      throw unavailable(service);
  }
}

export const unavailable = (service: CprServiceName, cause?: unknown): SeglError =>
  nemidProblems.error('UNAVAILABLE', { what: nemidProblems.of('part/cpr-service', { service }) }, { cause });

/** Sends the content of a SOAP 1.1 body and hands the whole answer to `read`. Throws UNAVAILABLE. */
export async function exchange<T>(
  { service, url, post }: { service: CprServiceName; url: string; post: HttpPost },
  body: string,
  read: (document: XmlDocument) => T,
): Promise<T> {
  const request =
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${SOAP}"><soap:Body>${body}` +
    '</soap:Body></soap:Envelope>\n';
  let answer: Uint8Array;
  try {
    const { status, body: bytes } = await post(url, Buffer.from(request, 'utf8'), 'text/xml; charset=utf-8');
    if (status !== 200) throw new Error(`HTTP ${String(status)}`);
    answer = bytes;
  } catch (error) {
    throw unavailable(service, error);
  }
  try {
    return read(parseXml(answer));
  } catch (error) {
    // what the service sent is not quoted: it may hold a CPR number
    if (isSeglError(error, 'XML_INVALID')) throw unavailable(service);
    throw error;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
export const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? character);
