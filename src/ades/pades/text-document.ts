/** Turns a plain-text original into a PDF, so that signatures and signature page have something to be appended to. */
import { PDFDocument, PDFName } from 'pdf-lib';
import type { PDFPage } from 'pdf-lib';
import { EmbeddedFont } from './embedded-font.ts';
import { typeface } from './fonts.ts';
import { round, setPageContent } from './page-content.ts';

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
export async function textToPdf(text: string, options: { readonly title: string }): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(options.title);
  const face = typeface(FACE);
  const font = new EmbeddedFont(document.context, face, '');
  const columns = Math.floor((PAGE.width - 2 * PAGE.side) / face.width('0', SIZE));
  const perPage = Math.floor((PAGE.height - PAGE.top - PAGE.bottom) / LEADING);
  const pages = paginate(text, columns, perPage);
  const made = pages.map((lines, index) => {
    const number = `${index + 1} / ${pages.length}`;
    const operators = linesContent(font, lines) + footerContent(font, options.title, number);
    const page = document.addPage([PAGE.width, PAGE.height]);
    setPageContent(page, operators, [[FONT, font]]);
    return page;
  });
  font.write();
  tag(document, made);
  return document.save({ useObjectStreams: false, objectsPerTick: Infinity });
}

/** A structure tree with a paragraph for the marked content of each page (ISO 32000-1, 14.7). */
function tag(document: PDFDocument, pages: readonly PDFPage[]): void {
  const { catalog, context } = document;
  const root = context.nextRef();
  const all = context.nextRef();
  const paragraphs = pages.map((page, index) => {
    page.node.set(PDFName.of('StructParents'), context.obj(index));
    return context.register(context.obj({ Type: 'StructElem', S: 'P', P: all, Pg: page.ref, K: 0 }));
  });
  context.assign(all, context.obj({ Type: 'StructElem', S: 'Document', P: root, K: paragraphs }));
  const nums = paragraphs.flatMap((paragraph, index) => [index, [paragraph]]);
  const next = pages.length;
  context.assign(
    root,
    context.obj({ Type: 'StructTreeRoot', K: [all], ParentTree: { Nums: nums }, ParentTreeNextKey: next }),
  );
  catalog.set(PDFName.of('StructTreeRoot'), root);
  catalog.set(PDFName.of('MarkInfo'), context.obj({ Marked: true }));
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
  const face = typeface(FACE);
  const start = `BT 0.1 g /${FONT} ${SIZE} Tf ${LEADING} TL ${PAGE.side} ${PAGE.height - PAGE.top - SIZE} Td\n`;
  // with a space at its end, so that lines are apart for those who read the marked content alone
  const shown = lines.map((line) =>
    line.trim() === '' ? 'T*\n' : `<${font.encode(`${face.printable(line)} `)}> Tj T*\n`,
  );
  return `/P <</MCID 0>> BDC\n${start}${shown.join('')}ET EMC\n`;
}

function footerContent(font: EmbeddedFont, title: string, number: string): string {
  const face = typeface(FACE);
  const numberWidth = face.width(number, FOOTER_SIZE);
  const room = PAGE.width - 2 * PAGE.side - numberWidth - 20;
  const [first = '', ...rest] = face.wrap(title, FOOTER_SIZE, room);
  const show = (text: string, x: number): string =>
    `BT 0.4 0.45 0.54 rg /${FONT} ${FOOTER_SIZE} Tf ${round(x)} ${PAGE.bottom - 26} Td <${font.encode(text)}> Tj ET\n`;
  return `/Artifact BMC\n${show(rest.length > 0 ? `${first} …` : first, PAGE.side)}${show(number, PAGE.width - PAGE.side - numberWidth)}EMC\n`;
}
