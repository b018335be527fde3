/** The sections of signature pages, in the order that a template has them. */
import { addElement, FIELD, type StructureElement } from '@segl/ades/pdf/structure';
import type { Style } from '../drawing/ink.ts';
import type { Pen } from '../drawing/pen.ts';
import type { DocumentSection, Section } from '../template/template-model.ts';
import { cut, LABEL, paragraph, sectionTitle, space, TEXT, TITLE } from './block.ts';
import type { Block, Setting } from './block.ts';
import { documentBlocks, documentFacts } from './documents.ts';
import { pdfPath, qrCode } from '../drawing/qr-code.ts';
import { SEAL_HEIGHT } from './seal-box.ts';
import { signerBlocks } from './signers.ts';
import { trailBlocks } from './trail.ts';

const HEADING: Style = { font: 'bold', size: 'heading', color: 'ink' };
/** Between a QR code and what stands beside it: more than the quiet zone of the code. */
const QR_GAP = 20;

/** The pages that tell of all documents. `parent`: of the elements. */
export function summaryBlocks(setting: Setting, parent: StructureElement): Block[] {
  return setting.ink.template.sections.flatMap((section) => summarySection(section, setting, parent));
}

export const hasDocumentPages = ({ ink, data }: Setting): boolean =>
  data.documents.length >= (ink.template.documentPages?.from ?? Infinity);

/** The page of one document, by its place. */
export function documentPageBlocks(setting: Setting, index: number, parent: StructureElement): Block[] {
  const { documentPages } = setting.ink.template;
  return (documentPages?.sections ?? []).flatMap((section) =>
    documentSection(section, setting, index, parent),
  );
}

/** Width of the seal: a QR code may stand beside it. */
export const sealWidth = ({ ink: { template }, data, room }: Setting): number =>
  template.qrCode?.beside === 'seal' && data.verifyUrl !== undefined
    ? room - template.qrCode.size - QR_GAP
    : room;

function summarySection(section: Section, setting: Setting, parent: StructureElement): Block[] {
  const { data } = setting;
  switch (section) {
    case 'heading':
      return [headingBlock(setting, parent, setting.say('heading'), cut(data.title))];
    case 'introduction': {
      const text = setting.say(data.documentsAside ? 'introductionAside' : 'introduction');
      return [paragraph(setting, addElement(parent, 'P'), text, TEXT, 16)];
    }
    case 'signers':
      return [
        sectionTitle(setting, addElement(parent, 'H2'), setting.say('signers')),
        ...signerBlocks(setting, data.signers, parent),
        space(8),
      ];
    case 'documents':
      return [
        sectionTitle(setting, addElement(parent, 'H2'), setting.say('documents')),
        ...documentBlocks(setting, addElement(parent, 'L')),
        space(8),
      ];
    case 'trail': {
      // told with each document
      const isElsewhere = setting.ink.template.documentPages?.sections.includes('trail') ?? false;
      return isElsewhere && hasDocumentPages(setting) ? [] : trailBlocks(setting, data.events ?? [], parent);
    }
    case 'note':
      return noteBlocks(setting, parent);
    case 'seal':
      return [
        sectionTitle(setting, addElement(parent, 'H2'), setting.say('seal')),
        sealBlock(setting, parent),
      ];
    case 'verification': {
      const text = setting.say(data.verifyUrl === undefined ? 'verificationWithoutUrl' : 'verification');
      return [paragraph(setting, addElement(parent, 'P'), text, LABEL, 10)];
    }
  }
}

function documentSection(
  section: DocumentSection,
  setting: Setting,
  index: number,
  parent: StructureElement,
): Block[] {
  const { data } = setting;
  const document = data.documents[index];
  if (!document) return [];
  switch (section) {
    case 'heading': {
      const heading = setting.say('documentHeading', { number: String(index + 1) });
      return [headingBlock(setting, parent, heading, cut(document.title), false)];
    }
    case 'document':
      return [...documentFacts(setting, document, parent), space(10)];
    case 'signers': {
      const signers = data.signers.filter(({ documentIndex = 0 }) => documentIndex === index);
      if (signers.length === 0) return [];
      return [
        sectionTitle(setting, addElement(parent, 'H2'), setting.say('signers')),
        ...signerBlocks(setting, signers, parent, { ofOneDocument: true }),
        space(8),
      ];
    }
    case 'trail': {
      const names = new Set(
        data.signers.flatMap(({ name, documentIndex = 0 }) => (documentIndex === index ? [name] : [])),
      );
      const events = (data.events ?? []).filter(({ signer, documentIndex }) =>
        documentIndex === undefined ? names.has(signer) : documentIndex === index,
      );
      return trailBlocks(setting, events, parent, { ofOneDocument: true });
    }
    case 'note':
      return noteBlocks(setting, parent);
  }
}

const noteBlocks = (setting: Setting, parent: StructureElement): Block[] =>
  setting.texts.note === ''
    ? []
    : [paragraph(setting, addElement(parent, 'P'), setting.say('note'), TEXT, 14)];

function headingBlock(
  setting: Setting,
  parent: StructureElement,
  heading: string,
  title: string,
  hasCode = true,
): Block {
  const { ink, data, room } = setting;
  const { qrCode: code, layout } = ink.template;
  const beside = hasCode && code?.beside === 'heading' && data.verifyUrl !== undefined ? code.size : 0;
  const own = beside === 0 ? room : room - beside - QR_GAP;
  const centered = layout.heading === 'center';
  const titleLines = ink.wrap(title, TITLE, own);
  const headingLines = ink.wrap(heading, HEADING, own);
  const first = headingLines.length * ink.leading(HEADING) + 2;
  const textHeight = first + titleLines.length * ink.leading(TITLE) + (centered ? 12 : 0);
  const elements = [addElement(parent, 'H1'), addElement(parent, 'P')] as const;
  const figure = beside > 0 ? codeFigure(setting, parent) : undefined;
  const lines = (pen: Pen, texts: readonly string[], x: number, y: number, style: Style): void => {
    for (const [index, text] of texts.entries()) {
      const shift = centered ? (own - ink.width(text, style)) / 2 : 0;
      pen.text(text, x + shift, y + index * ink.leading(style), style);
    }
  };
  return {
    kind: 'body',
    height: Math.max(textHeight, beside),
    gap: centered ? 14 : 10,
    draw: (pen, x, y) => {
      pen.mark(elements[0], () => lines(pen, headingLines, x, y, HEADING));
      pen.mark(elements[1], () => lines(pen, titleLines, x, y + first, TITLE));
      if (centered) {
        const middle = x + own / 2;
        pen.box(middle - 36, y + textHeight - 4, 72, 1.2, 'accent');
      }
      if (figure) drawCode(pen, figure, data.verifyUrl ?? '', x + room - beside, y, beside);
    },
  };
}

function sealBlock(setting: Setting, parent: StructureElement): Block {
  addElement(parent, 'Form').kids.push(FIELD);
  const { room, data } = setting;
  const width = sealWidth(setting);
  const figure = width < room ? codeFigure(setting, parent) : undefined;
  const size = room - width - QR_GAP;
  return {
    kind: 'seal',
    height: Math.max(SEAL_HEIGHT, size),
    gap: 10,
    draw: (pen, x, y) => {
      if (figure) drawCode(pen, figure, data.verifyUrl ?? '', x + room - size, y, size);
    },
  };
}

const codeFigure = (setting: Setting, parent: StructureElement): StructureElement =>
  addElement(parent, 'Figure', { alt: setting.say('qrCode') });

/** `size`: of the modules alone; the quiet zone goes into the space around. */
function drawCode(pen: Pen, figure: StructureElement, url: string, x: number, y: number, size: number): void {
  const code = qrCode(url);
  const scale = size / (code.size - 2 * code.quietZone);
  const quiet = code.quietZone * scale;
  pen.blank(x - quiet, y - quiet, size + 2 * quiet, size + 2 * quiet);
  pen.figure(figure, [x, y, size, size], () => {
    pen.rectangles(pdfPath(code), x - quiet, y - quiet, scale, 'ink');
  });
}
