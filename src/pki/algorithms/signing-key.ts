import type { NewDigest } from './algorithm-constraints.ts';

/** A private key with its certificate path. PEM, PKCS#12 and PKCS#11 keys all look like this to the signature writers. */
export interface SigningKey {
  /** `RSA`: PKCS#1 v1.5. `RSA-PSS`: RSASSA-PSS with MGF1 of the same digest and a salt of its length. */
  readonly algorithm: 'RSA' | 'RSA-PSS' | 'EC-P256';
  /** DER of the signer's certificate. */
  readonly certificate: Uint8Array;
  /** DER, issuer first, trust anchor last; at least the issuer. */
  readonly chain: readonly Uint8Array[];
  /** What its signatures take their digests by, where nothing fixes that; SHA-256 when absent. */
  readonly hash?: NewDigest;
  /** Signs the digest of `data` (SHA-256 where none is named) by its algorithm; DER ECDSA-Sig-Value for EC. */
  sign(data: Uint8Array, hash?: NewDigest): Promise<Uint8Array>;
}

/** The digest, by the algorithm that is asked for, of what is signed or time-stamped. */
export type DigestBy = (hash: NewDigest) => Uint8Array;

/**
 * Gives a DER TimeStampToken (RFC 3161) over a digest, which it asks for by the algorithm that it uses. `notBefore`: the latest
 * time that a time-stamp says which this one is over. Throws TSA_FAILED.
 */
export type Timestamper = (digestBy: DigestBy, notBefore?: Date) => Promise<Uint8Array>;
