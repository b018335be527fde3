/** Public keys from the SubjectPublicKeyInfo of certificates (RFC 5280 4.1.2.7). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import { pkiProblems } from '../problems.ts';
import { readDer, Tag } from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import { LruCache } from '../asn1/lru-cache.ts';

const namedCurves: Readonly<Record<string, { readonly crv: string; readonly size: number }>> = {
  '1.2.840.10045.3.1.7': { crv: 'P-256', size: 32 },
  '1.3.132.0.34': { crv: 'P-384', size: 48 },
  '1.3.132.0.35': { crv: 'P-521', size: 66 },
};

const invalid = (cause?: unknown): SeglError =>
  pkiProblems.error('ASN1_INVALID', { why: pkiProblems.of('key/malformed') }, { cause });

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/**
 * The key in a DER SubjectPublicKeyInfo. Throws ASN1_INVALID. RSA and the NIST curves are taken apart here and handed
 * over as numbers, because OpenSSL's own decoder needs twenty times as long for the same.
 */
export const readPublicKey = (publicKeyInfo: Uint8Array): KeyObject => recent.of(publicKeyInfo, readKey);

/** To make a key object of the numbers costs more than to verify a signature with it. */
const recent = new LruCache<KeyObject>(500);

function readKey(publicKeyInfo: Uint8Array): KeyObject {
  const reader = readDer(publicKeyInfo).sequence();
  const algorithm = reader.next().sequence();
  const kind = algorithm.next().oid();
  const bits = reader.next().bits();
  reader.finish();
  try {
    if (kind === Oid.rsaEncryption) return rsaKey(bits);
    if (kind === Oid.ecPublicKey) {
      const curve = algorithm.optional(Tag.oid)?.oid();
      const known = curve === undefined ? undefined : namedCurves[curve];
      if (known && bits.length === 1 + 2 * known.size && bits[0] === 4) return ecKey(bits, known);
    }
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch (cause) {
    throw invalid(cause);
  }
}

/** RSAPublicKey (RFC 8017 A.1.1). */
function rsaKey(bits: Uint8Array): KeyObject {
  const reader = readDer(bits).sequence();
  const n = base64url(reader.next().unsigned());
  const e = base64url(reader.next().unsigned());
  reader.finish();
  return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
}

/** An uncompressed point (SEC 1 2.3.3); node checks that it lies on the curve. */
function ecKey(bits: Uint8Array, { crv, size }: { crv: string; size: number }): KeyObject {
  const x = base64url(bits.subarray(1, 1 + size));
  const y = base64url(bits.subarray(1 + size));
  return createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
}
