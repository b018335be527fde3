/** Turns a plain-text original into a PDF, so that signatures and signature page have something to be appended to. */
import { PDFDocument, PDFOperator, PDFOperatorNames, rgb } from 'pdf-lib';
import type { PDFFont, PDFHexString, PDFName, PDFPage } from 'pdf-lib';
import { typeface } from './fonts.ts';

/** Points; A4. */
const PAGE = { width: 595.28, height: 841.89, side: 56, top: 60, bottom: 64 };
const SIZE = 9.5;
const LEADING = 13;
const FOOTER_SIZE = 7.5;
const TAB = 8;

/**
 * A paginated PDF of a text: monospaced, white space kept, long lines broken at a space if there is one, form feeds
 * start a page. The same input gives the same bytes. `title` goes into the footer and the document information.
 */
export async function textToPdf(text: string, options: { readonly title: string }): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(options.title);
  const face = typeface('DejaVuSansMono');
  const font = await face.embed(document);
  const columns = Math.floor((PAGE.width - 2 * PAGE.side) / face.width('0', SIZE));
  const perPage = Math.floor((PAGE.height - PAGE.top - PAGE.bottom) / LEADING);
  const pages = paginate(text, columns, perPage);
  for (const [index, lines] of pages.entries()) {
    const page = document.addPage([PAGE.width, PAGE.height]);
    drawLines(
      page,
      font,
      lines.map((line) => face.printable(line)),
    );
    drawFooter(page, font, options.title, `${index + 1} / ${pages.length}`);
  }
  return document.save({ useObjectStreams: false, objectsPerTick: Infinity });
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

/** One text object per page: far less work than a drawing call for each line. */
function drawLines(page: PDFPage, font: PDFFont, lines: readonly string[]): void {
  const key = page.node.newFontDictionary(font.name, font.ref);
  const operator = (name: PDFOperatorNames, ...operands: (string | PDFName | PDFHexString)[]): PDFOperator =>
    PDFOperator.of(name, operands);
  page.pushOperators(
    operator(PDFOperatorNames.BeginText),
    operator(PDFOperatorNames.NonStrokingColorGray, '0.1'),
    operator(PDFOperatorNames.SetFontAndSize, key, String(SIZE)),
    operator(PDFOperatorNames.SetTextLineHeight, String(LEADING)),
    operator(PDFOperatorNames.MoveText, String(PAGE.side), String(PAGE.height - PAGE.top - SIZE)),
    ...lines.flatMap((line) => [
      ...(line.trim() === '' ? [] : [operator(PDFOperatorNames.ShowText, font.encodeText(line))]),
      operator(PDFOperatorNames.NextLine),
    ]),
    operator(PDFOperatorNames.EndText),
  );
}

function drawFooter(page: PDFPage, font: PDFFont, title: string, number: string): void {
  const face = typeface('DejaVuSansMono');
  const numberWidth = face.width(number, FOOTER_SIZE);
  const room = PAGE.width - 2 * PAGE.side - numberWidth - 20;
  const [first = '', ...rest] = face.wrap(title, FOOTER_SIZE, room);
  const y = PAGE.bottom - 26;
  const style = { y, size: FOOTER_SIZE, font, color: rgb(0.4, 0.45, 0.54) };
  page.drawText(rest.length > 0 ? `${first} …` : first, { ...style, x: PAGE.side });
  page.drawText(number, { ...style, x: PAGE.width - PAGE.side - numberWidth });
}
