/** What the CodeFile client checks before it opens: names and values count by case here, unlike the other client's. */
import { isUtf8 } from 'node:buffer';
import {
  readSignProperties,
  readTimestamp,
  verifyParameters,
} from '@segl/identity/methods/nemid/client/parameters';
import { isAllowed } from '../providers/registry.ts';
import type { FindProvider } from '../client/client-parameters.ts';

/** The parameters, understood. */
export interface CodeFileRequest {
  readonly flow: 'login' | 'sign';
  readonly language: 'da' | 'en';
  readonly friendlyName: string;
  readonly providerId: string;
  readonly signText: Uint8Array;
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** What the subject of the certificate must have in it, e.g. `RID:`; empty: anything. */
  readonly subjectFilter: string;
}

export type CheckedCodeFile =
  | { readonly kind: 'accepted'; readonly request: CodeFileRequest }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string };

const MANDATORY = [
  'CLIENTFLOW',
  'SP_CERT',
  'TIMESTAMP',
  'REQUESTISSUER',
  'PARAMS_DIGEST',
  'DIGEST_SIGNATURE',
];
const OPTIONAL = [
  'ORIGIN',
  'LANGUAGE',
  'SIGN_PROPERTIES',
  'SIGNTEXT',
  'SIGNTEXT_FORMAT',
  'ADDITIONAL_PARAMS',
];
const KNOWN = new Set([...MANDATORY, ...OPTIONAL]);
const TOLERANCE_MS = 3 * 60_000;

const refused = (code: string, why: string): CheckedCodeFile => ({ kind: 'refused', code, why });
const decode = (text = ''): Buffer => Buffer.from(text, 'base64');

function readParameters(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every((item) => typeof item === 'string')
      ? (value as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** APP001, APP002, APP007, SRV001, SRV003, SRV005 and SRV010 as the other client has them. `why` is for the log. */
export function checkCodeFileParameters(
  text: string,
  origin: string,
  { now, findProvider, address }: { now: Date; findProvider: FindProvider; address: string },
): CheckedCodeFile {
  const given = readParameters(text);
  if (!given) return refused('APP001', 'the parameters are not a JSON object of strings');
  const missing = MANDATORY.find((name) => !given[name]);
  if (missing) return refused('APP007', `${missing} is missing`);
  const unknown = Object.keys(given).find((name) => !KNOWN.has(name));
  if (unknown) return refused('APP007', `there is no parameter ${unknown.slice(0, 40)}`);

  const { digestMatches, signatureMatches, certificate } = verifyParameters(given);
  if (!digestMatches) return refused('APP001', 'PARAMS_DIGEST is not the digest of the parameters');
  const provider = certificate && findProvider(certificate);
  if (!provider) return refused('SRV005', 'SP_CERT is not a VOCES certificate of a provider known here');
  if (!signatureMatches) return refused('SRV001', 'DIGEST_SIGNATURE does not verify with SP_CERT');
  if (!provider.clients.includes('codefile') || !isAllowed(provider, address)) {
    return refused('SRV010', 'this client is not open to the provider, or not from this address');
  }
  const time = readTimestamp(decode(given['TIMESTAMP']).toString('latin1'));
  if (!time) return refused('APP001', 'TIMESTAMP is no time in base64');
  if (Math.abs(time.getTime() - now.getTime()) > TOLERANCE_MS)
    return refused('SRV003', 'TIMESTAMP is too far off');
  if (given['ORIGIN'] !== undefined && decode(given['ORIGIN']).toString('utf8') !== origin) {
    return refused('APP007', 'the page does not come from ORIGIN');
  }
  if (decode(given['REQUESTISSUER']).toString('utf8') !== provider.friendlyName) {
    return refused('APP001', 'REQUESTISSUER is not the name that the provider has on record');
  }
  return readValues(given, { friendlyName: provider.friendlyName, providerId: provider.id });
}

function readValues(
  given: Readonly<Record<string, string>>,
  known: Pick<CodeFileRequest, 'friendlyName' | 'providerId'>,
): CheckedCodeFile {
  const { CLIENTFLOW: flow, LANGUAGE: language = 'da' } = given;
  if (flow !== 'login' && flow !== 'sign') return refused('APP001', 'CLIENTFLOW is neither login nor sign');
  if (language !== 'da' && language !== 'en') return refused('APP001', 'LANGUAGE is neither da nor en');
  const format =
    given['SIGNTEXT_FORMAT'] === undefined ? 'text' : decode(given['SIGNTEXT_FORMAT']).toString();
  if (format !== 'text') return refused('APP002', 'the sandbox signs plain text only');
  const signText = decode(given['SIGNTEXT']);
  if (flow === 'sign' && signText.length === 0) return refused('APP007', 'SIGNTEXT is missing');
  if (!isUtf8(signText)) return refused('APP002', 'SIGNTEXT is not UTF-8');
  const properties = readSignProperties(given['SIGN_PROPERTIES'] ?? '');
  const names = new Set(properties.map(([name]) => name));
  const wrong = properties.some(
    ([name]) => !/^[A-Za-z_]+$/.test(name) || /^(signtext|requestissuer|action)$/i.test(name),
  );
  if (wrong || names.size !== properties.length) return refused('APP001', 'SIGN_PROPERTIES has a wrong name');
  const additional = new Map(readSignProperties(decode(given['ADDITIONAL_PARAMS']).toString('utf8')));
  const subjectFilter = decode(additional.get('subjectdnfilter')).toString('utf8');
  return { kind: 'accepted', request: { ...known, flow, language, signText, properties, subjectFilter } };
}
