/** Identity evidence that is judged, and by whose certificates. */
export interface Specimen {
  readonly name: string;
  readonly bytes: Buffer;
  /** When it was received. */
  readonly at: Date;
  /** Whose certificates count in it; absent: nobody's. */
  readonly trust?: Trust;
}

/** Anchors, DER. */
export interface Trust {
  /** Of brokers that seal what they showed. */
  readonly brokers: readonly Uint8Array[];
  /** Of people whose eID signs. */
  readonly people: readonly Uint8Array[];
}
