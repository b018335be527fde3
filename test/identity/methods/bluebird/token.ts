/** Bluebird's answer: a JWS in compact form (RFC 7515), ES256, whose header names the provider's certificate (x5c). */
import { createHash, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';

export interface Claims {
  readonly sub: string;
  readonly name: string;
  readonly nonce: string;
  /** What was confirmed: SHA-256 of the document in hex, or the word that a log-on is bound to. */
  readonly about: string;
  /** Seconds since 1970. */
  readonly iat: number;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = ''): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function writeToken(claims: Claims, key: KeyObject, certificate: Uint8Array): string {
  const signed = `${encode({ alg: 'ES256', x5c: [Buffer.from(certificate).toString('base64')] })}.${encode(claims)}`;
  const value = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${value.toString('base64url')}`;
}

export interface ReadToken {
  readonly claims: Claims;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly holds: boolean;
  readonly key: KeyObject;
  readonly signed: Uint8Array;
  readonly value: Uint8Array;
}

/** Undefined for what is no token. */
export function readToken(bytes: Uint8Array): ReadToken | undefined {
  const [header = '', payload = '', signature = '', ...more] = Buffer.from(bytes)
    .toString('latin1')
    .split('.');
  if (more.length > 0 || signature === '') return undefined;
  try {
    const { alg, x5c } = decode(header) as { alg: string; x5c: string[] };
    const certificate = Buffer.from(x5c[0] ?? '', 'base64');
    const key = new X509Certificate(certificate).publicKey;
    const signed = Buffer.from(`${header}.${payload}`);
    const value = Buffer.from(signature, 'base64url');
    const holds = alg === 'ES256' && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, value);
    return { claims: decode(payload) as Claims, certificate, holds, key, signed, value };
  } catch {
    return undefined;
  }
}
