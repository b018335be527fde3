/** Seals a package: the service's own XAdES-EPES signature over a complete LTV-SDO. */
import { sealXml, type SealOptions } from '@segl/ades/xades/seal';
import type { LtvSdoContent } from './content.ts';
import { LTV_SDO_ENVELOPE, writeLtvSdo } from './write.ts';

/**
 * The sealed package. Throws what `writeLtvSdo` and `sealXml` throw. The caller verifies the result (core, path,
 * revocation) before releasing it, as the signature policy demands.
 */
export function sealLtvSdo(content: LtvSdoContent, options: SealOptions): Promise<Uint8Array> {
  return sealXml(writeLtvSdo(content), LTV_SDO_ENVELOPE, options);
}
