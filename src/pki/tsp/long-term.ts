/** What signatures need to be provable for long: time-stamps, and validation data of everybody who vouches for them. */
import type { LongTermServices } from './long-term-services.ts';
import type { Timestamper } from '../algorithms/signing-key.ts';
import { readTimeStampToken } from './timestamp.ts';
import type { ValidationData } from '../revocation/validation-data.ts';
import type { Clock } from '@segl/problem/clock';
import type { RevocationService } from '../revocation/revocation.ts';
import { validateCertificate } from '../revocation/validate.ts';

export interface LongTermSources {
  /** Where the paths of signers must end, DER. */
  readonly anchors: readonly Uint8Array[];
  readonly timestamp: Timestamper;
  /** Where the paths of time-stamp authorities must end, DER. */
  readonly tsaAnchors: readonly Uint8Array[];
  readonly revocation: RevocationService;
  readonly clock: Clock;
}

/**
 * Asks for revocation data at the moment of the question, so after the time-stamp that it is to confirm (EN 319 102-1
 * wants data that is newer than the signature). Its answers throw what `validateCertificate` and the time-stamper throw.
 */
export function longTermServices(sources: LongTermSources): LongTermServices {
  const { anchors, timestamp, tsaAnchors, revocation, clock } = sources;
  const validate = async (
    leaf: Uint8Array,
    intermediates: readonly Uint8Array[],
    trusted: readonly Uint8Array[],
  ): Promise<ValidationData> => {
    const at = clock.now();
    return (await validateCertificate({ leaf, intermediates, anchors: trusted, at, revocation })).validation;
  };
  return {
    timestamp,
    signer: (certificate, carried) => validate(certificate, carried, anchors),
    stamp: (token) => {
      const { certificate, certificates } = readTimeStampToken(token);
      return validate(certificate, certificates, tsaAnchors);
    },
  };
}
