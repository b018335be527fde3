/** The parts of a signature page, each measured before it is drawn so that pages can be filled. */
import { handwritingBlock } from './handwriting-block.ts';
import type { Ink, Pen, Style } from './pen.ts';
import { SEAL_HEIGHT } from './seal-box.ts';
import type { PageSigner, SignaturePageData, SignedDocument } from './signature-page-data.ts';
import type { Section, TemplateTexts } from './template.ts';
import { timeText } from './time-text.ts';

export interface Block {
  /** A heading stays with the next block; the seal is only a place, drawn as the appearance of the field. */
  readonly kind: 'heading' | 'body' | 'seal';
  /** Points. */
  readonly height: number;
  /** Distance to the next block. */
  readonly gap: number;
  draw(pen: Pen, x: number, y: number): void;
}

const HEADING: Style = { font: 'bold', size: 'heading', color: 'ink' };
const TITLE: Style = { font: 'regular', size: 'title', color: 'muted' };
const SECTION: Style = { font: 'bold', size: 'section', color: 'accent' };
const NAME: Style = { font: 'bold', size: 'name', color: 'ink' };
const TEXT: Style = { font: 'regular', size: 'text', color: 'text' };
const LABEL: Style = { font: 'regular', size: 'label', color: 'muted' };
const DIGEST: Style = { font: 'mono', size: 'digest', color: 'text' };
const SIGNED: Style = { font: 'bold', size: 'label', color: 'accent' };

const PADDING = 12;
const CHECK_MARK = '0 0 m 2.6 2.8 l 7.6 -3.2 l';
/** More of a text is cut, visibly. */
export const MAX_TEXT = 600;

/** All blocks in the order of the template's sections. `room`: width in points. */
export function signatureBlocks(ink: Ink, data: SignaturePageData, room: number): Block[] {
  return ink.template.sections.flatMap((section) => sectionBlocks(section, ink, data, room));
}

function sectionBlocks(section: Section, ink: Ink, data: SignaturePageData, room: number): Block[] {
  const texts = ink.template.texts[data.language];
  switch (section) {
    case 'heading':
      return [headingBlock(ink, texts.heading, cut(data.title), room)];
    case 'introduction':
      return [
        paragraph(ink, data.documentsAside ? texts.introductionAside : texts.introduction, TEXT, room, 16),
      ];
    case 'signers':
      return [
        sectionTitle(ink, texts.signers),
        ...data.signers.map((signer) => signerCard(ink, signer, data, texts, room)),
        space(8),
      ];
    case 'documents':
      return [
        sectionTitle(ink, texts.documents),
        ...data.documents.map((document) => documentRow(ink, document, texts, room)),
        space(8),
      ];
    case 'seal':
      return [sectionTitle(ink, texts.seal), { kind: 'seal', height: SEAL_HEIGHT, gap: 10, draw: () => {} }];
    case 'verification': {
      const text =
        data.verifyUrl === undefined
          ? texts.verificationWithoutUrl
          : texts.verification.replaceAll('{url}', () => data.verifyUrl ?? '');
      return [paragraph(ink, text, LABEL, room, 0)];
    }
  }
}

const cut = (text: string): string => {
  const characters = Array.from(text.slice(0, 4 * MAX_TEXT));
  return characters.length <= MAX_TEXT ? text : `${characters.slice(0, MAX_TEXT).join('')} […]`;
};

const space = (height: number): Block => ({ kind: 'body', height: 0, gap: height, draw: () => {} });

function paragraph(ink: Ink, text: string, style: Style, room: number, gap: number): Block {
  const lines = ink.wrap(text, style, room);
  return {
    kind: 'body',
    height: lines.length * ink.leading(style),
    gap,
    draw: (pen, x, y) => pen.lines(lines, x, y, style),
  };
}

function headingBlock(ink: Ink, heading: string, title: string, room: number): Block {
  const titleLines = ink.wrap(title, TITLE, room);
  const headingLines = ink.wrap(heading, HEADING, room);
  const first = headingLines.length * ink.leading(HEADING);
  return {
    kind: 'body',
    height: first + 2 + titleLines.length * ink.leading(TITLE),
    gap: 10,
    draw: (pen, x, y) => {
      pen.lines(headingLines, x, y, HEADING);
      pen.lines(titleLines, x, y + first + 2, TITLE);
    },
  };
}

function sectionTitle(ink: Ink, text: string): Block {
  return {
    kind: 'heading',
    height: ink.leading(SECTION),
    gap: 5,
    draw: (pen, x, y) => pen.text(text, x, y, SECTION),
  };
}

/** Ten digits, with or without a hyphen behind the sixth, are taken for a CPR number. */
const looksLikeCpr = (identifier: string): boolean => /(^|\D)\d{6}[- ]?\d{4}(\D|$)/.test(identifier);

interface Fact {
  readonly label: string;
  readonly value: string;
}

const methodText = ({ method, byLogin, handwriting }: PageSigner, texts: TemplateTexts): string =>
  [
    byLogin ? texts.byLogin.replace('{method}', () => method) : method,
    handwriting ? texts.handwritten.toLowerCase() : '',
  ]
    .filter(Boolean)
    .join(' + ')
    .replace(/^./u, (first) => first.toUpperCase());

function signerCard(
  ink: Ink,
  signer: PageSigner,
  data: SignaturePageData,
  texts: TemplateTexts,
  room: number,
): Block {
  const inner = room - 2 * PADDING;
  const column = inner / 2 - 6;
  const badge = 14 + ink.width(texts.signed, SIGNED);
  const name = ink.wrap(cut(signer.name), NAME, inner - badge - 10);
  const facts: Fact[] = [
    { label: texts.signedAt, value: timeText(signer.signedAt, data.language, data.timeZone) },
    { label: texts.method, value: methodText(signer, texts) },
  ];
  if (signer.identifier !== '' && !looksLikeCpr(signer.identifier)) {
    facts.push({ label: texts.identifier, value: cut(signer.identifier) });
  }
  if (signer.method === '') facts.push({ label: texts.identifier, value: texts.notIdentified });
  if (signer.nationalIdVerified) facts.push({ label: texts.nationalId, value: texts.nationalIdVerified });
  if (signer.document !== undefined) facts.push({ label: texts.document, value: cut(signer.document) });

  const rows: { lines: string[]; label: string }[][] = [];
  for (const [index, { label, value }] of facts.entries()) {
    if (index % 2 === 0) rows.push([]);
    rows.at(-1)?.push({ label, lines: ink.wrap(value, TEXT, column) });
  }
  const rowHeight = (row: { lines: string[] }[]): number =>
    ink.leading(LABEL) + Math.max(...row.map(({ lines }) => lines.length)) * ink.leading(TEXT);
  const nameHeight = name.length * ink.leading(NAME);
  const factsHeight = rows.reduce((sum, row) => sum + rowHeight(row) + 3, nameHeight + 3) - 3 + 2 * 9;
  const hand = signer.handwriting && handwritingBlock(ink, signer.handwriting, inner);
  const height = factsHeight + (hand ? ink.leading(LABEL) + hand.height + 3 : 0);

  return {
    kind: 'body',
    height,
    gap: 7,
    draw: (pen, x, y) => {
      pen.box(x, y, room, height, 'panel');
      pen.box(x, y, 2.5, height, 'accent');
      const left = x + PADDING;
      pen.lines(name, left, y + 9, NAME);
      const right = x + room - PADDING;
      pen.text(texts.signed, right - ink.width(texts.signed, SIGNED), y + 11, SIGNED);
      pen.stroke(CHECK_MARK, right - badge + 1, y + 16.2, 'accent', 1.5);
      let at = y + 9 + nameHeight + 3;
      for (const row of rows) {
        for (const [index, { label, lines }] of row.entries()) {
          const start = left + index * (column + 12);
          pen.text(label, start, at, LABEL);
          pen.lines(lines, start, at + ink.leading(LABEL), TEXT);
        }
        at += rowHeight(row) + 3;
      }
      if (!hand) return;
      pen.text(texts.handwritten, left, at, LABEL);
      hand.draw(pen, left, at + ink.leading(LABEL));
    },
  };
}

function documentRow(ink: Ink, document: SignedDocument, texts: TemplateTexts, room: number): Block {
  const [mediaType = ''] = document.mimeType.split(';');
  const kind = texts.mimeTypes.get(mediaType.trim().toLowerCase()) ?? mediaType;
  const { attachedAs } = document;
  const type =
    attachedAs === undefined ? kind : `${kind}, ${texts.attachedAs.replace('{name}', () => attachedAs)}`;
  const typeWidth = ink.width(type, LABEL);
  const titleStyle: Style = { ...TEXT, font: 'bold', color: 'ink' };
  const title = ink.wrap(cut(document.title), titleStyle, room - typeWidth - 16);
  const label = `${texts.sha256}  `;
  const labelWidth = ink.width(label, LABEL) + 4;
  const digest = ink.wrap(document.sha256, DIGEST, room - labelWidth);
  const titleHeight = title.length * ink.leading(titleStyle);
  const height = 5 + titleHeight + digest.length * ink.leading(DIGEST) + 5;
  return {
    kind: 'body',
    height,
    gap: 0,
    draw: (pen, x, y) => {
      pen.box(x, y, room, 0.6, 'line');
      pen.lines(title, x, y + 5, titleStyle);
      pen.text(type, x + room - typeWidth, y + 5.5, LABEL);
      pen.text(texts.sha256, x, y + 5 + titleHeight + 0.4, LABEL);
      pen.lines(digest, x + labelWidth, y + 5 + titleHeight, DIGEST);
    },
  };
}
