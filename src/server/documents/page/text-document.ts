/** Turns a plain-text original into a PDF, so that signatures and signature page have something to be appended to. */
import { writeParts } from '@segl/ades/pdf/new-file';
import type { PdfDict, PdfRef } from '@segl/ades/pdf/objects';
import { PdfParts, pdfDict } from '@segl/ades/pdf/parts';
import { textString } from '@segl/ades/pdf/text-string';
import { EmbeddedFont } from './text/embedded-font.ts';
import { SHIPPED_FONTS } from './text/fonts.ts';
import { pageWith, round } from './drawing/page-content.ts';

/** Points; A4. */
const PAGE = { width: 595.28, height: 841.89, side: 56, top: 60, bottom: 64 };
const SIZE = 9.5;
const LEADING = 13;
const FOOTER_SIZE = 7.5;
const TAB = 8;
const FACE = 'DejaVuSansMono';
/** Resource name of the font on each page. */
const FONT = 'mono';

/**
 * A paginated PDF of a text: monospaced, white space kept, long lines broken at a space if there is one, form feeds
 * start a page. Tagged: a paragraph for each page, the footers left out. The same input gives the same bytes. `title` goes
 * into the footer and the document information.
 */
export function textToPdf(text: string, options: { readonly title: string }): Uint8Array {
  const parts = new PdfParts();
  const face = SHIPPED_FONTS.typeface(FACE);
  const font = new EmbeddedFont(parts, face, '');
  const columns = Math.floor((PAGE.width - 2 * PAGE.side) / face.width('0', SIZE));
  const perPage = Math.floor((PAGE.height - PAGE.top - PAGE.bottom) / LEADING);
  const pages = paginate(text, columns, perPage);
  const tree = parts.reserve();
  const kids = pages.map((lines, index) => {
    const number = `${index + 1} / ${pages.length}`;
    const operators = linesContent(font, lines) + footerContent(font, options.title, number);
    const drawing = { operators, fonts: [[FONT, font.ref]] as const };
    const page = pageWith(parts, [0, 0, PAGE.width, PAGE.height], drawing);
    return parts.add(page.set('Parent', tree).set('StructParents', index));
  });
  font.write();
  parts.put(tree, pdfDict({ Type: 'Pages', Kids: kids, Count: kids.length }));
  const root = parts.add(
    new Map([...pdfDict({ Type: 'Catalog', Pages: tree }), ...structureOf(parts, kids)]),
  );
  return writeParts(parts, { root, info: parts.add(pdfDict({ Title: textString(options.title) })) });
}

/** Entries of the catalog: a structure tree with a paragraph for the marked content of each page (ISO 32000-1, 14.7). */
function structureOf(parts: PdfParts, pages: readonly PdfRef[]): PdfDict {
  const root = parts.reserve();
  const all = parts.reserve();
  const paragraphs = pages.map((page) =>
    parts.add(pdfDict({ Type: 'StructElem', S: 'P', P: all, Pg: page, K: 0 })),
  );
  parts.put(all, pdfDict({ Type: 'StructElem', S: 'Document', P: root, K: paragraphs }));
  const nums = paragraphs.flatMap((paragraph, index) => [index, [paragraph]]);
  const next = pages.length;
  parts.put(
    root,
    pdfDict({ Type: 'StructTreeRoot', K: [all], ParentTree: { Nums: nums }, ParentTreeNextKey: next }),
  );
  return pdfDict({ StructTreeRoot: root, MarkInfo: { Marked: true } });
}

/** Lines of each page. */
function paginate(text: string, columns: number, perPage: number): string[][] {
  const pages: string[][] = [];
  for (const part of text.replace(/^\ufeff/, '').split('\f')) {
    const lines = part
      .split(/\r\n|\r|\n|\u2028|\u2029/)
      .flatMap((line) => breakLine(expandTabs(line), columns));
    // the line end of the last line is no line of its own
    if (lines.length > 1 && lines.at(-1) === '') lines.pop();
    for (let at = 0; at < lines.length; at += perPage) pages.push(lines.slice(at, at + perPage));
  }
  return pages;
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  let out = '';
  let column = 0;
  for (const character of line) {
    const text = character === '\t' ? ' '.repeat(TAB - (column % TAB)) : character;
    out += text;
    column += character === '\t' ? text.length : 1;
  }
  return out;
}

/** Pieces of at most `columns` characters; nothing but the break itself is added or lost. */
function breakLine(line: string, columns: number): string[] {
  const characters = Array.from(line.normalize('NFC'));
  const pieces: string[] = [];
  for (let from = 0; characters.length - from > columns;) {
    const space = characters.lastIndexOf(' ', from + columns - 1);
    const to = space > from ? space + 1 : from + columns;
    pieces.push(characters.slice(from, to).join(''));
    characters.splice(0, to);
    from = 0;
  }
  return [...pieces, characters.join('')];
}

/** One text object for all lines of a page, in PDF's operators. */
function linesContent(font: EmbeddedFont, lines: readonly string[]): string {
  const face = SHIPPED_FONTS.typeface(FACE);
  const start = `BT 0.1 g /${FONT} ${SIZE} Tf ${LEADING} TL ${PAGE.side} ${PAGE.height - PAGE.top - SIZE} Td\n`;
  // with a space at its end, so that lines are apart for those who read the marked content alone
  const shown = lines.map((line) =>
    line.trim() === '' ? 'T*\n' : `<${font.encode(`${face.printable(line)} `)}> Tj T*\n`,
  );
  return `/P <</MCID 0>> BDC\n${start}${shown.join('')}ET EMC\n`;
}

function footerContent(font: EmbeddedFont, title: string, number: string): string {
  const face = SHIPPED_FONTS.typeface(FACE);
  const numberWidth = face.width(number, FOOTER_SIZE);
  const room = PAGE.width - 2 * PAGE.side - numberWidth - 20;
  const [first = '', ...rest] = face.wrap(title, FOOTER_SIZE, room);
  const show = (text: string, x: number): string =>
    `BT 0.4 0.45 0.54 rg /${FONT} ${FOOTER_SIZE} Tf ${round(x)} ${PAGE.bottom - 26} Td <${font.encode(text)}> Tj ET\n`;
  return `/Artifact BMC\n${show(rest.length > 0 ? `${first} …` : first, PAGE.side)}${show(number, PAGE.width - PAGE.side - numberWidth)}EMC\n`;
}
