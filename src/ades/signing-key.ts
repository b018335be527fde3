/** A private key with its certificate path. PEM, PKCS#12 and PKCS#11 keys all look like this to the signature writers. */
export interface SigningKey {
  /** `RSA`: PKCS#1 v1.5. `RSA-PSS`: RSASSA-PSS with MGF1 of SHA-256 and a salt of 32 bytes. */
  readonly algorithm: 'RSA' | 'RSA-PSS' | 'EC-P256';
  /** DER of the signer's certificate. */
  readonly certificate: Uint8Array;
  /** DER, issuer first, trust anchor last; at least the issuer. */
  readonly chain: readonly Uint8Array[];
  /** Signs SHA-256 of `data` by its algorithm; DER ECDSA-Sig-Value for EC. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** Gives a DER TimeStampToken (RFC 3161) over a SHA-256 message imprint. Throws TSA_FAILED. */
export type Timestamper = (sha256: Uint8Array) => Promise<Uint8Array>;
