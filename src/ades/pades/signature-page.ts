/**
 * Lays out the signature pages of a PAdES: who signed which documents how and when, and the visible seal.
 * National identity numbers never appear here, whatever the caller hands in.
 */
import { PDFDocument } from 'pdf-lib';
import { signatureBlocks } from './page-blocks.ts';
import type { Block } from './page-blocks.ts';
import { round } from './page-content.ts';
import { Ink, Pen } from './pen.ts';
import { SEAL_HEIGHT, drawSeal } from './seal-box.ts';
import type { SignaturePageData } from './signature-page-data.ts';
import type { PadesTemplate } from './template.ts';

/** Rendered pages, to be appended to a document by `signPades`. */
export interface SignaturePage {
  /** The pages, and behind them one more that is the appearance of the seal. */
  readonly pdf: Uint8Array;
  /** Number of signature pages. */
  readonly pages: number;
  /** Scripts of which boxes stand on the pages, because no font has them. */
  readonly missing: readonly string[];
  /** Where the seal stands: index of the page, and its rectangle [left, bottom, right, top] in points. */
  readonly seal: { readonly page: number; readonly rect: readonly [number, number, number, number] };
}

/** A page as planned: blocks with their distance from the top. */
type Plan = { readonly block: Block; readonly y: number }[];

export async function renderSignaturePage(
  template: PadesTemplate,
  data: SignaturePageData,
): Promise<SignaturePage> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const ink = new Ink(document, template);
  const { width, height, margin } = template.page;
  const room = width - margin.left - margin.right;
  const plans = flow(signatureBlocks(ink, data, room), margin.top, height - margin.bottom);

  let seal: SignaturePage['seal'] | undefined;
  for (const [index, plan] of plans.entries()) {
    const pen = new Pen(ink, height);
    drawFrame(pen, data, index + 1, plans.length);
    for (const { block, y } of plan) {
      if (block.kind === 'seal') {
        const bottom = round(height - y - SEAL_HEIGHT);
        seal = { page: index, rect: [margin.left, bottom, round(width - margin.right), round(height - y)] };
      } else block.draw(pen, margin.left, y);
    }
    pen.finish(document.addPage([width, height]));
  }
  const sealPen = new Pen(ink, SEAL_HEIGHT);
  drawSeal(sealPen, data, room);
  sealPen.finish(document.addPage([room, SEAL_HEIGHT]));
  ink.writeFonts();
  const pdf = await document.save({
    useObjectStreams: false,
    addDefaultPage: false,
    objectsPerTick: Infinity,
  });
  return { pdf, pages: plans.length, missing: ink.missing, seal: seal ?? { page: 0, rect: [0, 0, 0, 0] } };
}

/** Distributes blocks over pages. A heading moves on together with what follows it. */
function flow(blocks: readonly Block[], top: number, bottom: number): Plan[] {
  const plans: Plan[] = [[]];
  let y = top;
  for (const [index, block] of blocks.entries()) {
    const next = block.kind === 'heading' ? blocks[index + 1] : undefined;
    if (y > top && y + block.height + (next ? next.height : 0) > bottom) {
      plans.push([]);
      y = top;
    }
    plans.at(-1)?.push({ block, y });
    y += block.height + block.gap;
  }
  return plans;
}

/** What stands on every page: the bar at the top, brand, order and page number. */
function drawFrame(pen: Pen, data: SignaturePageData, page: number, pages: number): void {
  const { template } = pen.ink;
  const { width, height, margin } = template.page;
  const texts = template.texts[data.language];
  const label = { font: 'regular', size: 'label', color: 'muted' } as const;
  const brand = { font: 'bold', size: 'section', color: 'accent' } as const;
  pen.box(0, 0, width, 5, 'accent');
  if (template.brand !== '') {
    pen.text(
      template.brand,
      width - margin.right - pen.ink.width(template.brand, brand),
      margin.top / 2,
      brand,
    );
  }
  const y = height - margin.bottom + 22;
  pen.box(margin.left, y, width - margin.left - margin.right, 0.6, 'line');
  if (data.requestId !== undefined) {
    pen.text(`${texts.requestId} ${data.requestId}`, margin.left, y + 7, label);
  }
  const number = texts.page.replace('{page}', String(page)).replace('{pages}', String(pages));
  pen.text(number, width - margin.right - pen.ink.width(number, label), y + 7, label);
}
