/**
 * Lays out the signature pages of a PAdES: who signed which documents how and when, and the visible seal.
 * National identity numbers never appear here, whatever the caller hands in.
 */
import type { AppendedPages } from '@segl/ades/pades/appended-pages';
import { PdfParts } from '@segl/ades/pdf/parts';
import { addElement, type StructureElement } from '@segl/ades/pdf/structure';
import { Ink } from './drawing/ink.ts';
import { Setting, type Block } from './sections/block.ts';
import { drawFrame } from './sections/frame.ts';
import { SEAL_HEIGHT, drawSeal } from './sections/seal-box.ts';
import { documentPageBlocks, hasDocumentPages, sealWidth, summaryBlocks } from './sections/sections.ts';
import { formWith, pageWith, round } from './drawing/page-content.ts';
import { Pen } from './drawing/pen.ts';
import { SHIPPED_FONTS, type FontSet } from './text/fonts.ts';
import type { SignaturePageData } from './signature-page-data.ts';
import type { PadesTemplate } from './template/template.ts';

/** Rendered pages, to be appended to a document by `signPades`. */
export interface SignaturePage extends AppendedPages {
  /** Scripts of which boxes stand on the pages, because no font has them. */
  readonly missing: readonly string[];
}

/** A page as planned: blocks with their distance from the top. */
type Plan = { readonly block: Pick<Block, 'kind' | 'draw'>; readonly y: number }[];

export function renderSignaturePage(
  template: PadesTemplate,
  data: SignaturePageData,
  fonts: FontSet = SHIPPED_FONTS,
): SignaturePage {
  const parts = new PdfParts();
  const ink = new Ink(parts, template, fonts);
  const { width, height, margin } = template.page;
  const setting = new Setting(ink, data, width - margin.left - margin.right);
  const structure: StructureElement = { type: 'Part', kids: [], language: data.language };
  const chapters = [summaryBlocks(setting, addElement(structure, 'Sect'))];
  for (const index of hasDocumentPages(setting) ? data.documents.keys() : []) {
    chapters.push(documentPageBlocks(setting, index, addElement(structure, 'Sect')));
  }
  const plans = chapters.flatMap((blocks) => flow(blocks, margin.top, height - margin.bottom));

  const sealRoom = sealWidth(setting);
  let place: Pick<SignaturePage['seal'], 'page' | 'rect'> = { page: 0, rect: [0, 0, 0, 0] };
  const pages = plans.map((plan, index) => {
    const pen = new Pen(ink, height, index);
    drawFrame(pen, setting, index + 1, plans.length);
    for (const { block, y } of plan) {
      if (block.kind === 'seal') {
        const bottom = round(height - y - SEAL_HEIGHT);
        const right = round(margin.left + sealRoom);
        place = { page: index, rect: [margin.left, bottom, right, round(height - y)] };
      }
      block.draw(pen, margin.left, y);
    }
    return parts.add(pageWith(parts, [0, 0, width, height], pen.finish()));
  });
  const sealPen = new Pen(ink, SEAL_HEIGHT);
  drawSeal(sealPen, setting, sealRoom);
  const appearance = parts.add(formWith([0, 0, sealRoom, SEAL_HEIGHT], sealPen.finish()));
  ink.writeFonts();
  const description = `${setting.say('sealedBy')} ${data.sealedBy}, ${setting.time(data.sealedAt)}`;
  return { parts, pages, appearance, structure, missing: ink.missing, seal: { ...place, description } };
}

/** Distributes blocks over pages. A heading moves on together with what follows it. */
function flow(blocks: readonly Block[], top: number, bottom: number): Plan[] {
  const plans: Plan[] = [[]];
  let y = top;
  for (const [index, block] of blocks.entries()) {
    let together = block.height;
    for (let at = index; blocks[at]?.kind === 'heading'; at++) together += blocks[at + 1]?.height ?? 0;
    if (y > top && y + together > bottom) {
      plans.push([]);
      y = top;
      if (block.head) {
        plans.at(-1)?.push({ block: { kind: 'heading', draw: block.head.draw }, y });
        y += block.head.height;
      }
    }
    plans.at(-1)?.push({ block, y });
    y += block.height + block.gap;
  }
  return plans;
}
