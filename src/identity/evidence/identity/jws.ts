/**
 * JSON Web Signatures in compact form (RFC 7515), verified by a set of keys that was kept (RFC 7517), offline and without a
 * clock: one encoding for each token, algorithms from a list, a key that says what it is for.
 */
import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { SignatureScheme } from '@segl/pki/algorithms/algorithm-constraints';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../../problems.ts';
import { depthOf } from './shape.ts';

/** Bytes of a token. */
export const MAX_TOKEN = 262_144;
const MAX_DEPTH = 12;

interface Algorithm {
  readonly scheme: Exclude<SignatureScheme, 'EdDSA'>;
  readonly digest: string;
  readonly curve?: string;
}

/** RFC 7518 section 3.1, without what is symmetric. `none` is not there. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: { scheme: 'RSA', digest: 'sha256' },
  RS384: { scheme: 'RSA', digest: 'sha384' },
  RS512: { scheme: 'RSA', digest: 'sha512' },
  PS256: { scheme: 'RSA-PSS', digest: 'sha256' },
  PS384: { scheme: 'RSA-PSS', digest: 'sha384' },
  PS512: { scheme: 'RSA-PSS', digest: 'sha512' },
  ES256: { scheme: 'EC', digest: 'sha256', curve: 'prime256v1' },
  ES384: { scheme: 'EC', digest: 'sha384', curve: 'secp384r1' },
  ES512: { scheme: 'EC', digest: 'sha512', curve: 'secp521r1' },
};

export const JWS_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS);

export type Claims = Readonly<Record<string, unknown>>;

export interface Jws {
  readonly header: Claims;
  readonly claims: Claims;
  /** Header and payload as the signature is over them. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** A JWS whose signature holds, and with which key. */
export interface VerifiedJws extends Jws {
  readonly scheme: SignatureScheme;
  readonly digest: string;
  readonly key: KeyObject;
}

export interface Jwk {
  readonly kty: string;
  readonly kid?: string;
  readonly use?: string;
  readonly alg?: string;
  readonly crv?: string;
  readonly x5c?: readonly string[];
  readonly [member: string]: unknown;
}

const invalid = (why: Problem, cause?: unknown): SeglError =>
  identityProblems.error('EVIDENCE_INVALID', { why }, { cause });

/** The one encoding without padding and without bits that count for nothing (RFC 4648 section 3.5). */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (part === '' || bytes.toString('base64url') !== part) throw invalid(identityProblems.of('jws/encoding'));
  return bytes;
}

function json(part: string): Claims {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(decode(part));
    if (depthOf(text) > MAX_DEPTH) throw invalid(identityProblems.of('jws/encoding'));
    value = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw invalid(identityProblems.of('jws/encoding'), cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(identityProblems.of('jws/encoding'));
  return value as Claims;
}

/** What a token says, not yet believed. Throws EVIDENCE_INVALID. */
export function readJws(bytes: Uint8Array): Jws {
  if (bytes.length > MAX_TOKEN) throw invalid(identityProblems.of('jws/encoding'));
  const token = Buffer.from(bytes).toString('latin1');
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (more.length > 0) throw invalid(identityProblems.of('jws/encoding'));
  return {
    header: json(header),
    claims: json(payload),
    signed: Buffer.from(`${header}.${payload}`, 'latin1'),
    signature: decode(signature),
  };
}

/** The keys of a set as it was fetched. Throws EVIDENCE_INVALID. */
export function readKeySet(bytes: Uint8Array): readonly Jwk[] {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw invalid(identityProblems.of('jws/key-set'), cause);
  }
  const { keys } = (value ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw invalid(identityProblems.of('jws/key-set'));
  return keys.filter((key): key is Jwk => typeof (key as Jwk | null)?.kty === 'string');
}

/**
 * Verifies a token by the one key of the set that it names; without a `kid`, by the only one that could have signed it. Throws
 * EVIDENCE_INVALID.
 */
export function verifyJws(bytes: Uint8Array, keys: readonly Jwk[]): VerifiedJws {
  const jws = readJws(bytes);
  const { alg, kid, crit } = jws.header;
  const algorithm = typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  if (!algorithm) throw invalid(identityProblems.of('jws/algorithm'));
  // extensions that must be understood (RFC 7515 section 4.1.11), and none is
  if (crit !== undefined || jws.header['b64'] !== undefined)
    throw invalid(identityProblems.of('jws/critical'));
  const fitting = keys.filter(
    (key) =>
      key.kty === (algorithm.scheme === 'EC' ? 'EC' : 'RSA') &&
      (key.use === undefined || key.use === 'sig') &&
      (key.alg === undefined || key.alg === alg) &&
      (kid === undefined || key.kid === kid),
  );
  const [jwk, ...others] = fitting;
  if (!jwk || others.length > 0) throw invalid(identityProblems.of('jws/key-unknown'));
  const key = publicKeyOf(jwk);
  if (algorithm.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== algorithm.curve)
    throw invalid(identityProblems.of('jws/algorithm'));
  const holds = verify(algorithm.digest, jws.signed, parametersOf(algorithm, key), jws.signature);
  if (!holds) throw invalid(identityProblems.of('jws/signature'));
  return { ...jws, scheme: algorithm.scheme, digest: algorithm.digest, key };
}

/** Throws EVIDENCE_INVALID. */
export function publicKeyOf(jwk: Jwk): KeyObject {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch (cause) {
    throw invalid(identityProblems.of('jws/key-unknown'), cause);
  }
}

function parametersOf({ scheme }: Algorithm, key: KeyObject): Parameters<typeof verify>[2] {
  switch (scheme) {
    case 'EC':
      return { key, dsaEncoding: 'ieee-p1363' };
    case 'RSA-PSS':
      return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    case 'RSA':
      return { key, padding: constants.RSA_PKCS1_PADDING };
  }
}
