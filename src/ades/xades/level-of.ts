/** The level that the unsigned properties of a signature amount to (ETSI EN 319 132-1 clause 6, EN 319 132-2). */
import { XADES, XADES141 } from '../xml/algorithms.ts';

/** `XML`: a plain XML signature. `C`, `X`, `XL`, `A`: the extended signatures. */
export type ReadLevel = 'XML' | 'B' | 'T' | 'LT' | 'LTA' | 'C' | 'X' | 'XL' | 'A';

/** By structure alone: what the properties are worth, their time-stamps and data have to show. */
export function levelOf(properties: {
  readonly isXades: boolean;
  readonly names: readonly { readonly namespace: string; readonly name: string }[];
}): ReadLevel {
  const has = (...names: string[]): boolean => properties.names.some(({ name }) => names.includes(name));
  const archived = properties.names.some(
    ({ namespace, name }) => name === 'ArchiveTimeStamp' && [XADES, XADES141].includes(namespace),
  );
  if (!properties.isXades) return 'XML';
  if (!has('SignatureTimeStamp') && !archived) return 'B';
  const references =
    has('CompleteCertificateRefs', 'CompleteCertificateRefsV2') && has('CompleteRevocationRefs');
  const values = has('RevocationValues', 'TimeStampValidationData', 'AnyValidationData');
  if (references) {
    if (archived) return 'A';
    const refsStamped = has(
      'SigAndRefsTimeStamp',
      'SigAndRefsTimeStampV2',
      'RefsOnlyTimeStamp',
      'RefsOnlyTimeStampV2',
    );
    if (!refsStamped) return 'C';
    return values ? 'XL' : 'X';
  }
  if (archived) return values ? 'LTA' : 'T';
  return values ? 'LT' : 'T';
}
