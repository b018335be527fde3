/** Whose evidence counts: as for all signatures, and what the formats of evidence ask for besides. */
import type { Trust } from '@segl/ades/validation/trust';
import type { OcesEnvironment } from '../methods/nemid/environments.ts';

/** Plain data, so that it can be handed to a thread. All certificates are DER. */
export interface EvidenceTrust extends Omit<Trust, 'signers'> {
  /** Of signers with NemID. */
  readonly environment: OcesEnvironment;
}
