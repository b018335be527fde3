/** Whose signatures count. */
import type { OcesEnvironment } from '../../identity/methods/nemid/environments.ts';

/** All certificates are DER. */
export interface Trust {
  /** Of signers with NemID. */
  readonly environment: OcesEnvironment;
  readonly seal: readonly Uint8Array[];
  readonly tsa: readonly Uint8Array[];
  /** Trusted for everything. */
  readonly more?: readonly Uint8Array[];
}
