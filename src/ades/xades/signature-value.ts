/** A signing key's algorithm and signature as XML Signature writes them. */
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import { readDer } from '@segl/pki/asn1/der';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { signatureAlgorithms } from '../xml/algorithms.ts';

/** The URI of the key's signature algorithm with a digest, SHA-256 where none is named. */
export function xmlAlgorithmOf({ algorithm }: SigningKey, hash: NewDigest = 'sha256'): string {
  const keyType = algorithm === 'EC-P256' ? 'ec' : 'rsa';
  const isPss = algorithm === 'RSA-PSS';
  const [uri] = [...signatureAlgorithms].find(
    ([, one]) => one.keyType === keyType && one.hash === hash && (one.pss ?? false) === isPss,
  )!;
  return uri;
}

/** The octets of SignatureValue over the canonical `signedInfo`. */
export async function signXml(key: SigningKey, signedInfo: string, hash?: NewDigest): Promise<Uint8Array> {
  const signature = await key.sign(Buffer.from(signedInfo), hash);
  return key.algorithm === 'EC-P256' ? plainEcdsa(signature) : signature;
}

/** ECDSA-Sig-Value (RFC 3279) to r and s of 32 bytes each, as XML Signature wants it (RFC 6931 section 2.3.6). */
function plainEcdsa(der: Uint8Array): Uint8Array {
  const reader = readDer(der).sequence();
  const halves = [reader.next().unsigned(), reader.next().unsigned()];
  return Buffer.concat(halves.map((half) => Buffer.concat([Buffer.alloc(32), half]).subarray(-32)));
}
