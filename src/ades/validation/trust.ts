/** Whose signatures count. */

/** Trust anchors, DER, by what their certificates are for. */
export interface Trust {
  /** Of the people who sign with an eID. */
  readonly signers: readonly Uint8Array[];
  readonly seal: readonly Uint8Array[];
  readonly tsa: readonly Uint8Array[];
  /** Trusted for everything. */
  readonly more?: readonly Uint8Array[];
}
