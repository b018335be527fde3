/** What the long-term levels of every format need from outside: time-stamps, and validation data. */
import type { Timestamper } from '../algorithms/signing-key.ts';
import type { ValidationData } from '../revocation/validation-data.ts';

/** Where time and trust come from. Each is asked after what it vouches for exists. */
export interface LongTermServices {
  readonly timestamp: Timestamper;
  /**
   * Path and revocation data of a signer's certificate; `carried` are the certificates that its signature brings along.
   * All DER.
   */
  readonly signer: (certificate: Uint8Array, carried: readonly Uint8Array[]) => Promise<ValidationData>;
  /** The same of the certificate that made a time-stamp token. */
  readonly stamp: (token: Uint8Array) => Promise<ValidationData>;
}
