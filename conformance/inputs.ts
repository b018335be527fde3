/** PDFs of every kind that the standard allows, to be signed; made with pdf-lib, by hand and by qpdf. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePdf, SMALL, writePdf } from '../test/support/pdf/pdf.ts';
import { signPades } from '@segl/ades/pades/sign';
import { PdfSource } from './attacks/pdf-source.ts';
import type { World } from './world.ts';

/** By kind. `folder`: a place for files on the way. Needs qpdf. */
export async function pdfInputs(world: World, folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const classic = await makePdf(3);
  const source = join(folder, 'classic.pdf');
  writeFileSync(source, classic);
  const qpdf = (name: string, ...args: string[]): Uint8Array => {
    const target = join(folder, `${name}.pdf`);
    execFileSync('qpdf', ['--deterministic-id', ...args, source, target]);
    return readFileSync(target);
  };
  const certified = new PdfSource(world);
  return new Map<string, Uint8Array>([
    ['classic', classic],
    ['object streams', await makePdf(3, true)],
    ['xref stream', qpdf('xref', '--object-streams=generate', '--newline-before-endstream')],
    ['hybrid', writePdf({ ...SMALL, 4: '[(a)]' }, { hybrid: [2, 3] })],
    ['linearized', qpdf('linearized', '--linearize')],
    ['linearized, object streams', qpdf('linearized-streams', '--linearize', '--object-streams=generate')],
    ['PDF 2.0', qpdf('two', '--force-version=2.0')],
    [
      'signed before',
      await signPades({
        pdf: classic,
        attachments: [],
        key: world.signer('RSA-2048', 'Somebody before'),
        signerName: 'Somebody before',
        signingTime: world.clock.now(),
        timestamper: world.services.timestamp,
      }),
    ],
    ['certified, DocMDP 1', await certified.certified(1, { pdf: classic })],
    ['certified, DocMDP 2', await certified.certified(2, { pdf: classic })],
    ['certified, DocMDP 3', await certified.certified(3, { pdf: classic })],
  ]);
}
