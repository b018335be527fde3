/** The port: what a method brings to the command line. */
export interface CommandLinePart {
  /** That of the method's module. */
  readonly id: string;
  /** Option of `segl sandbox sign`: the national id that a person gives where one is asked for. */
  readonly nationalId: { readonly name: string; readonly about: string };
  readonly demo: DemoPart;
  readonly sample: SampleSigner;
}

/** How the demo looks at what was signed. */
export interface DemoPart {
  /** Settings that name the anchors of signers. */
  readonly trust: readonly string[];
  /** Throws where the native signature does not hold by itself. */
  verify(native: Uint8Array): unknown;
  /** DER: all that the native signature carries. */
  certificates(native: Uint8Array): readonly Uint8Array[];
  /** For xmlsec1: the native signature, and of which elements (`NAMESPACE:NAME`) `Id` is the id. */
  forXmlsec(native: Uint8Array): { readonly xml: string; readonly identified: readonly string[] };
}

/** An invented signer, for signature pages to try. */
export interface SampleSigner {
  readonly method: string;
  identifier(number: number): string;
  /** What happens after the signature, and how many seconds after it. */
  readonly events: readonly (readonly [type: string, seconds: number])[];
}
