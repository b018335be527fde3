/** Certificates and revocation answers that a validation used, all DER. Kept as evidence and embedded in packages. */
export interface ValidationData {
  readonly certificates: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
}

/** All of it, each certificate, answer and list once, in the order in which they came. */
export function mergeValidationData(all: readonly ValidationData[]): ValidationData {
  const distinct = (ders: readonly Uint8Array[]): Uint8Array[] =>
    ders.filter((der, index) => ders.findIndex((other) => Buffer.compare(other, der) === 0) === index);
  return {
    certificates: distinct(all.flatMap(({ certificates }) => certificates)),
    ocsps: distinct(all.flatMap(({ ocsps }) => ocsps)),
    crls: distinct(all.flatMap(({ crls }) => crls)),
  };
}
