/** A signing key's algorithm and signature as XML Signature writes them. */
import { readDer } from '../der.ts';
import type { SigningKey } from '../signing-key.ts';
import { ECDSA_SHA256, RSA_PSS_SHA256, RSA_SHA256 } from '../xml/algorithms.ts';

const algorithms = { RSA: RSA_SHA256, 'RSA-PSS': RSA_PSS_SHA256, 'EC-P256': ECDSA_SHA256 } as const;

/** The URI of the key's signature algorithm. */
export const xmlAlgorithmOf = ({ algorithm }: SigningKey): string => algorithms[algorithm];

/** The octets of SignatureValue over the canonical `signedInfo`. */
export async function signXml(key: SigningKey, signedInfo: string): Promise<Uint8Array> {
  const signature = await key.sign(Buffer.from(signedInfo));
  return key.algorithm === 'EC-P256' ? plainEcdsa(signature) : signature;
}

/** ECDSA-Sig-Value (RFC 3279) to r and s of 32 bytes each, as XML Signature wants it (RFC 6931 section 2.3.6). */
function plainEcdsa(der: Uint8Array): Uint8Array {
  const reader = readDer(der).sequence();
  const halves = [reader.next().unsigned(), reader.next().unsigned()];
  return Buffer.concat(halves.map((half) => Buffer.concat([Buffer.alloc(32), half]).subarray(-32)));
}
