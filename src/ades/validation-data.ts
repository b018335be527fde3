/** Certificates and revocation answers that a validation used, all DER. Kept as evidence and embedded in packages. */
export interface ValidationData {
  readonly certificates: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
}

/** All of them together, in their order. */
export const mergeValidationData = (all: readonly ValidationData[]): ValidationData => ({
  certificates: all.flatMap(({ certificates }) => certificates),
  ocsps: all.flatMap(({ ocsps }) => ocsps),
  crls: all.flatMap(({ crls }) => crls),
});
