/** Signs a PDF at any level of ETSI EN 319 142-1, in one step. */
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import { IncrementalFile } from './incremental-file.ts';
import { raisePades } from './levels.ts';
import { addSignature, type PadesInput } from './sign.ts';

type Common = Omit<PadesInput, 'pdf' | 'timestamper' | 'attachments'> &
  Partial<Pick<PadesInput, 'attachments'>>;

/** B-B needs nobody; the levels above need an authority for time-stamps, and those from B-LT on the status of certificates. */
export type SignPdfOptions = Common &
  ({ readonly level: 'B' } | { readonly level: 'T' | 'LT' | 'LTA'; readonly services: LongTermServices });

/**
 * The signed file, which starts with the bytes of `pdf`. Throws PDF_INVALID, PDF_ENCRYPTED, PDF_CERTIFIED for a file that
 * cannot be signed, and what the key and the services throw.
 */
export async function signPdf(pdf: Uint8Array, options: SignPdfOptions): Promise<Uint8Array> {
  const file = IncrementalFile.of(pdf);
  const input = { attachments: [], ...options };
  if (options.level === 'B') await addSignature(file, input);
  else {
    await addSignature(file, { ...input, timestamper: options.services.timestamp });
    if (options.level !== 'T') await raisePades(file, options.level, options.services);
  }
  return Uint8Array.from(file.bytes);
}
