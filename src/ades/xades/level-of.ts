/** The level that the unsigned properties of a signature amount to (ETSI EN 319 132-1 clause 6, EN 319 132-2). */
import { XADES, XADES141 } from '../xml/algorithms.ts';

/** `XML`: a plain XML signature. `C`, `X`, `XL`, `A`: the extended signatures. */
export type ReadLevel = 'XML' | 'B' | 'T' | 'LT' | 'LTA' | 'C' | 'X' | 'XL' | 'A';

/**
 * By structure alone: what the properties are worth, their time-stamps and data have to show. `hasData`: false for what is
 * left when the revocation data turn out not to be all that is needed.
 */
export function levelOf(
  properties: {
    readonly isXades: boolean;
    readonly names: readonly { readonly namespace: string; readonly name: string }[];
  },
  hasData = true,
): ReadLevel {
  const has = (...names: string[]): boolean => properties.names.some(({ name }) => names.includes(name));
  const archived = properties.names.some(
    ({ namespace, name }) => name === 'ArchiveTimeStamp' && [XADES, XADES141].includes(namespace),
  );
  if (!properties.isXades) return 'XML';
  if (!has('SignatureTimeStamp') && !archived) return 'B';
  const references =
    has('CompleteCertificateRefs', 'CompleteCertificateRefsV2') && has('CompleteRevocationRefs');
  const values = hasData && has('RevocationValues', 'TimeStampValidationData', 'AnyValidationData');
  if (references) {
    const refsStamped = has(
      'SigAndRefsTimeStamp',
      'SigAndRefsTimeStampV2',
      'RefsOnlyTimeStamp',
      'RefsOnlyTimeStampV2',
    );
    if (archived && values) return 'A';
    if (!refsStamped) return 'C';
    return values ? 'XL' : 'X';
  }
  if (archived) return values ? 'LTA' : 'T';
  return values ? 'LT' : 'T';
}
