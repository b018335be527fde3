/** Whose evidence counts: as for all signatures, and what identity methods judge theirs by. */
import type { Trust } from '@segl/ades/validation/trust';

/** Plain data, so that it can be handed to a thread. All certificates are DER. */
export interface EvidenceTrust extends Omit<Trust, 'signers'> {
  /** By the id of a method's module: what its `validation.trust` gave. */
  readonly methods: Readonly<Record<string, unknown>>;
}
