/** Verifies the seal of an LTV-SDO and gives what it covers. A package under our signature policy has one form only. */
import { verifySealedXml, type VerifiedSeal } from '@segl/ades/xades/verify-seal';
import { parseXml } from '@segl/ades/xml/document';
import type { LtvSdoContent } from './content.ts';
import { namedPolicy, SEAL_SIGNATURE_POLICY } from './policy.ts';
import { readContent, withLtvSdoErrors } from './read.ts';
import { LTV_SDO_ENVELOPE } from './write.ts';

export interface VerifiedLtvSdo {
  /** Read from the node that was digested. */
  readonly content: LtvSdoContent;
  readonly seal: VerifiedSeal;
}

/** Core validation of the seal, its place, its properties and its form. Throws LTVSDO_INVALID. */
export function verifyLtvSdo(bytes: Uint8Array): VerifiedLtvSdo {
  return withLtvSdoErrors(() => {
    const policy = namedPolicy(SEAL_SIGNATURE_POLICY);
    const { element, seal } = verifySealedXml(parseXml(bytes), bytes, LTV_SDO_ENVELOPE, policy);
    return { content: readContent(element), seal };
  });
}
