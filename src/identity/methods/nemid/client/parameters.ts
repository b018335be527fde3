/** Client parameters and their signature, as the NemID client checks them. */
import { createHash, verify, X509Certificate } from 'node:crypto';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';

/** Parameters of the client: a JSON object of strings. */
export type ClientParameters = Readonly<Record<string, string>>;

/** The two parameters that carry the signature, and so are not part of what is signed. */
const SIGNATURE_PARAMETERS = new Set(['PARAMS_DIGEST', 'DIGEST_SIGNATURE']);

/**
 * The bytes that PARAMS_DIGEST and DIGEST_SIGNATURE cover: all other parameters sorted by name without regard to case,
 * each as name and value with nothing between, in UTF-8. Names keep the case in which they are sent. An underscore
 * sorts before letters (SIGN_PROPERTIES before SIGNTEXT).
 */
export function normalizeParameters(parameters: ClientParameters): Buffer {
  const rows = Object.entries(parameters)
    .filter(([name]) => !SIGNATURE_PARAMETERS.has(name.toUpperCase()))
    .map(([name, value]) => ({ key: name.toLowerCase(), text: name + value }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return Buffer.from(rows.map(({ text }) => text).join(''), 'utf8');
}

/** Base64 of SHA-256 over the normalized parameters. */
export const parametersDigest = (parameters: ClientParameters): string =>
  digestOf(normalizeParameters(parameters));

const digestOf = (normalized: Uint8Array): string => createHash('sha256').update(normalized).digest('base64');

/**
 * Adds SP_CERT, PARAMS_DIGEST and DIGEST_SIGNATURE. The signature is RSA PKCS#1 v1.5 with SHA-256 over the normalized
 * bytes themselves, not over their digest.
 */
export async function signParameters(
  parameters: ClientParameters,
  vocesKey: SigningKey,
): Promise<ClientParameters> {
  const complete = { ...parameters, SP_CERT: Buffer.from(vocesKey.certificate).toString('base64') };
  const normalized = normalizeParameters(complete);
  const signature = await vocesKey.sign(normalized);
  return {
    ...complete,
    PARAMS_DIGEST: digestOf(normalized),
    DIGEST_SIGNATURE: Buffer.from(signature).toString('base64'),
  };
}

export interface ParametersVerdict {
  /** PARAMS_DIGEST is the digest of the parameters. */
  readonly digestMatches: boolean;
  /** DIGEST_SIGNATURE is the signature of SP_CERT's key over the parameters. */
  readonly signatureMatches: boolean;
  /** DER of SP_CERT; absent when it is missing or not a certificate. Who issued it is for the caller to check. */
  readonly certificate?: Uint8Array;
}

/** Checks digest and signature as the client does. Names are compared without regard to case. Never throws. */
export function verifyParameters(parameters: ClientParameters): ParametersVerdict {
  const named = new Map(Object.entries(parameters).map(([name, value]) => [name.toUpperCase(), value]));
  const digestMatches = named.get('PARAMS_DIGEST') === parametersDigest(parameters);
  try {
    const certificate = Buffer.from(named.get('SP_CERT') ?? '', 'base64');
    const signature = Buffer.from(named.get('DIGEST_SIGNATURE') ?? '', 'base64');
    const { publicKey } = new X509Certificate(certificate);
    const signatureMatches = verify('sha256', normalizeParameters(parameters), publicKey, signature);
    return { digestMatches, signatureMatches, certificate };
  } catch {
    return { digestMatches, signatureMatches: false };
  }
}

/** SIGN_PROPERTIES as text: `name=value;name=value`. Values must not contain a semicolon. */
export function writeSignProperties(properties: readonly (readonly [name: string, value: string])[]): string {
  return properties.map(([name, value]) => `${name}=${value}`).join(';');
}

/**
 * Reads SIGN_PROPERTIES. A name ends at the first equals sign, so base64 values keep their padding; a trailing
 * semicolon and parts without a name are ignored.
 */
export function readSignProperties(text: string): readonly (readonly [name: string, value: string])[] {
  return text.split(';').flatMap((part) => {
    const at = part.indexOf('=');
    return at > 0 ? [[part.slice(0, at), part.slice(at + 1)] as const] : [];
  });
}

/** TIMESTAMP as the client takes it: `yyyy-MM-dd HH:mm:ss+0000`, in UTC. */
export function writeTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')}+0000`;
}

/**
 * Reads a TIMESTAMP, or its echo in a signature: `yyyy-MM-dd HH:mm:ss` with an optional zone (none: UTC), or epoch
 * milliseconds, either of them plain or base64. Undefined when it is none of these.
 */
export function readTimestamp(text: string): Date | undefined {
  const plain = text.trim();
  return readPlainTimestamp(plain) ?? readPlainTimestamp(Buffer.from(plain, 'base64').toString('latin1'));
}

function readPlainTimestamp(text: string): Date | undefined {
  const epoch = /^\d{12,14}$/.test(text) ? Number(text) : undefined;
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ?(?:(Z)|([+-]\d\d):?(\d\d))?$/.exec(text);
  if (epoch === undefined && !parts) return undefined;
  const zone = parts?.[4] ? `${parts[4]}:${parts[5] ?? '00'}` : 'Z';
  const time = new Date(epoch ?? `${parts?.[1] ?? ''}T${parts?.[2] ?? ''}${zone}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
