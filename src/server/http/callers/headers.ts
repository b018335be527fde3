/** Certificates of clients as TLS-terminating proxies write them into headers. Who wrote them is not asked here. */
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { certificatesFromPem } from '@segl/pki/x509/pem';

/** All header names in which proxies pass certificates on; lower-case. */
export const CERTIFICATE_HEADERS = [
  'client-cert',
  'client-cert-chain',
  'x-ssl-client-cert',
  'x-forwarded-client-cert',
] as const;

/** Values of a header, by lower-case name, one for each time that it came. */
export type HeaderValues = (name: (typeof CERTIFICATE_HEADERS)[number]) => readonly string[];

/** DER, the client's own first; empty when there is none. Throws Error whose message tells why it cannot be read. */
type Reader = (values: HeaderValues) => Uint8Array[];

/** By CALLER_CERT_HEADER. */
export const certificateHeaderReaders = {
  'client-cert': readClientCert,
  'x-ssl-client-cert': readSslClientCert,
  'x-forwarded-client-cert': readForwardedClientCert,
} as const satisfies Record<string, Reader>;

export type CertificateHeader = keyof typeof certificateHeaderReaders;

/** A setting as what it must be; undefined stays so. Throws CONFIG_INVALID. */
export function certificateHeader(name: string | undefined): CertificateHeader | undefined {
  if (name === undefined || Object.hasOwn(certificateHeaderReaders, name)) return name as CertificateHeader;
  const must = generalProblems.of('setting/one-of', { allowed: Object.keys(certificateHeaderReaders) });
  const problems = [
    generalProblems.of('setting/wrong', { setting: 'CALLER_CERT_HEADER', must, value: name }),
  ];
  throw serverProblems.error('CONFIG_INVALID', { problems });
}

const unreadable = (why: Problem, cause?: unknown): SeglError =>
  serverProblems.error('CALLER_CERTIFICATE_UNREADABLE', { why }, { cause });

/** The one value of a header. Two could be one of the proxy and one that it let through. */
function single(values: HeaderValues, name: (typeof CERTIFICATE_HEADERS)[number]): string | undefined {
  const [value, ...more] = values(name);
  if (more.length > 0)
    throw unreadable(serverProblems.of('caller/header-repeated', { header: name, count: more.length + 1 }));
  return value?.trim() || undefined;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function fromBase64(text: string, otherwise: Problem): Uint8Array {
  if (!BASE64.test(text)) throw unreadable(otherwise);
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

/** A byte sequence of RFC 8941 §3.3.5, with or without parameters. */
function byteSequence(item: string, header: string): Uint8Array {
  const [, base64 = ''] = /^\s*:([^:]*):\s*(?:;.*)?$/.exec(item) ?? [];
  return fromBase64(base64, serverProblems.of('caller/item-not-base64', { header }));
}

/** RFC 9440: Client-Cert is one item, Client-Cert-Chain a list that may come in several lines. */
function readClientCert(values: HeaderValues): Uint8Array[] {
  const own = single(values, 'client-cert');
  if (own === undefined) return [];
  const chain = values('client-cert-chain')
    .flatMap((line) => line.split(','))
    .filter((item) => item.trim() !== '');
  return [byteSequence(own, 'client-cert'), ...chain.map((item) => byteSequence(item, 'client-cert-chain'))];
}

function decoded(text: string, header: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw unreadable(serverProblems.of('caller/header-not-url-encoded', { header }), cause);
  }
}

function fromPem(pem: string, header: string): Uint8Array[] {
  try {
    return certificatesFromPem(pem);
  } catch (cause) {
    throw unreadable(serverProblems.of('caller/header-not-pem', { header }), cause);
  }
}

/**
 * X-SSL-Client-Cert: PEM, URL-encoded (nginx: $ssl_client_escaped_cert) or with its lines joined by spaces or tabs; or
 * DER in base64 (HAProxy: ssl_c_der,base64), several separated by commas (Traefik).
 */
function readSslClientCert(values: HeaderValues): Uint8Array[] {
  const header = 'x-ssl-client-cert';
  const value = single(values, header);
  // what servers write for "none"
  if (value === undefined || value === '(null)' || value === '-') return [];
  const text = decoded(value, header);
  if (text.includes('-----BEGIN')) return fromPem(text, header);
  const otherwise = serverProblems.of('caller/header-not-base64', { header });
  return text.split(',').map((item) => fromBase64(item.trim(), otherwise));
}

// key=value or key="value"; what ends it: the next pair, the next element, or the header
const pair = /\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))\s*(;|,|$)/y;

/**
 * X-Forwarded-Client-Cert of Envoy, with the values Cert or Chain (set_current_client_cert_details: cert, chain). One
 * element: with more, one is that of a client and another that of a proxy, or one was let through.
 */
function readForwardedClientCert(values: HeaderValues): Uint8Array[] {
  const header = 'x-forwarded-client-cert';
  const value = single(values, header);
  if (value === undefined) return [];
  const found = new Map<string, string>();
  pair.lastIndex = 0;
  while (pair.lastIndex < value.length) {
    const [whole, key = '', quoted, plain = '', end] = pair.exec(value) ?? [];
    if (whole === undefined) throw unreadable(serverProblems.of('caller/header-malformed', { header }));
    if (end === ',') throw unreadable(serverProblems.of('caller/header-several-elements', { header }));
    found.set(key.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
  }
  const [cert, chain] = [found.get('cert'), found.get('chain')];
  if (cert === undefined && chain === undefined) {
    throw unreadable(serverProblems.of('caller/header-empty', { header }));
  }
  const own = cert === undefined ? [] : fromPem(decoded(cert, header), header);
  const rest = chain === undefined ? [] : fromPem(decoded(chain, header), header);
  if (own[0] && rest[0] && Buffer.compare(own[0], rest[0]) !== 0) {
    throw unreadable(serverProblems.of('caller/header-contradicts-itself', { header }));
  }
  return rest.length > 0 ? rest : own;
}
