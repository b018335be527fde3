/** Makes the evidence that a packaging method stands for, of signed documents and their packages. */
import { raise } from '@segl/ades/xades/levels';
import { signXades, type XadesData } from '@segl/ades/xades/sign';
import type { PackagingMethod } from '../../domain/order/packaging-methods.ts';
import { verifyEvidenceXades } from '@segl/identity/evidence/verify';
import { longTermOf, makePdf, PADES_MEDIA_TYPE, type PdfContext, type SignedDocuments } from './make-pdf.ts';
import { LTV_SDO_MEDIA_TYPE } from './package-task.ts';

/** A file that goes to session data storage or the archive. */
export interface Evidence {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** Media type of XAdES evidence. */
export const XADES_MEDIA_TYPE = 'application/x-xades';

/** Verified completely before it is handed out. Throws what makePdf and verifyEvidenceXades throw. */
export async function makeEvidence(
  context: PdfContext,
  method: PackagingMethod,
  signed: SignedDocuments,
): Promise<Evidence> {
  return method.format === 'PAdES'
    ? { bytes: await makePdf(context, method, signed), contentType: PADES_MEDIA_TYPE }
    : { bytes: await makeXades(context, method.level, signed), contentType: XADES_MEDIA_TYPE };
}

/**
 * An enveloping XAdES signature of the seal over the documents and the LTV-SDOs about them, each in a ds:Object of its own
 * as it is. The LTV-SDOs must not be time-stamped themselves; this is how they are preserved.
 */
async function makeXades(
  context: PdfContext,
  level: 'T' | 'LT' | 'LTA',
  { originals, packages }: SignedDocuments,
): Promise<Uint8Array> {
  const { seal, clock, tsaAnchors } = context;
  const data: XadesData[] = [
    ...originals.map(({ file, contentType }) => ({
      form: 'enveloping' as const,
      bytes: file.bytes,
      mimeType: contentType,
    })),
    ...packages.map(({ bytes }) => ({ form: 'enveloping' as const, bytes, mimeType: LTV_SDO_MEDIA_TYPE })),
  ];
  const parts = await signXades({ key: seal.key, signingTime: clock.now(), data });
  const bytes = await raise(parts, level, longTermOf(context));
  verifyEvidenceXades(bytes, level, { sealAnchors: seal.anchors, tsaAnchors });
  return bytes;
}
