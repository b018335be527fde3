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
  | { readonly kind: 'refused'; readonly code: string };

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

const refused = (code: string): CheckedCodeFile => ({ kind: 'refused', code });
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

/** APP001, APP002, APP007, SRV001, SRV003, SRV005 and SRV010 as the other client has them. */
export function checkCodeFileParameters(
  text: string,
  origin: string,
  { now, findProvider, address }: { now: Date; findProvider: FindProvider; address: string },
): CheckedCodeFile {
  const given = readParameters(text);
  if (!given) return refused('APP001');
  const missing = MANDATORY.find((name) => !given[name]);
  if (missing) return refused('APP007');
  const unknown = Object.keys(given).find((name) => !KNOWN.has(name));
  if (unknown) return refused('APP007');

  const { digestMatches, signatureMatches, certificate } = verifyParameters(given);
  if (!digestMatches) return refused('APP001');
  const provider = certificate && findProvider(certificate);
  if (!provider) return refused('SRV005');
  if (!signatureMatches) return refused('SRV001');
  if (!provider.clients.includes('codefile') || !isAllowed(provider, address)) {
    return refused('SRV010');
  }
  const time = readTimestamp(decode(given['TIMESTAMP']).toString('latin1'));
  if (!time) return refused('APP001');
  if (Math.abs(time.getTime() - now.getTime()) > TOLERANCE_MS) return refused('SRV003');
  if (given['ORIGIN'] !== undefined && decode(given['ORIGIN']).toString('utf8') !== origin) {
    return refused('APP007');
  }
  if (decode(given['REQUESTISSUER']).toString('utf8') !== provider.friendlyName) {
    return refused('APP001');
  }
  return readValues(given, { friendlyName: provider.friendlyName, providerId: provider.id });
}

function readValues(
  given: Readonly<Record<string, string>>,
  known: Pick<CodeFileRequest, 'friendlyName' | 'providerId'>,
): CheckedCodeFile {
  const { CLIENTFLOW: flow, LANGUAGE: language = 'da' } = given;
  if (flow !== 'login' && flow !== 'sign') return refused('APP001');
  if (language !== 'da' && language !== 'en') return refused('APP001');
  const format =
    given['SIGNTEXT_FORMAT'] === undefined ? 'text' : decode(given['SIGNTEXT_FORMAT']).toString();
  if (format !== 'text') return refused('APP002');
  const signText = decode(given['SIGNTEXT']);
  if (flow === 'sign' && signText.length === 0) return refused('APP007');
  if (!isUtf8(signText)) return refused('APP002');
  const properties = readSignProperties(given['SIGN_PROPERTIES'] ?? '');
  const names = new Set(properties.map(([name]) => name));
  const wrong = properties.some(
    ([name]) => !/^[A-Za-z_]+$/.test(name) || /^(signtext|requestissuer|action)$/i.test(name),
  );
  if (wrong || names.size !== properties.length) return refused('APP001');
  const additional = new Map(readSignProperties(decode(given['ADDITIONAL_PARAMS']).toString('utf8')));
  const subjectFilter = decode(additional.get('subjectdnfilter')).toString('utf8');
  return { kind: 'accepted', request: { ...known, flow, language, signText, properties, subjectFilter } };
}
