/** Turns a plain-text original into a PDF, so that signatures and signature page have something to be appended to. */
import { writeParts } from '@segl/ades/pdf/new-file';
import type { PdfDict, PdfRef } from '@segl/ades/pdf/objects';
import { PdfParts, pdfDict } from '@segl/ades/pdf/parts';
import { textString } from '@segl/ades/pdf/text-string';
import { shownText } from '@segl/identity/shown-text';
import { EmbeddedFont } from './text/embedded-font.ts';
import { SHIPPED_FONTS, type FontSet, type Typeface } from './text/fonts.ts';
import { breakWord, charactersOf, cleanText, RIGHT_TO_LEFT } from './text/script.ts';
import { breakLines, canDraw, isPlain, isRightToLeft, shapeLine } from './text/shape.ts';
import { pageWith, round } from './drawing/page-content.ts';
import { runOperators } from './drawing/run-operators.ts';

/** Points; A4. */
const PAGE = { width: 595.28, height: 841.89, side: 56, top: 60, bottom: 64 };
const ROOM = PAGE.width - 2 * PAGE.side;
const SIZE = 9.5;
const LEADING = 13;
const FOOTER_SIZE = 7.5;
const TAB = 8;
const FACE = 'DejaVuSansMono';
/** Resource name of the font on each page; others are numbered. */
const FONT = 'mono';

/** The fonts of one PDF: the monospaced one, and those that are asked for what it lacks. */
class TextFonts {
  readonly face: Typeface;
  readonly mono: EmbeddedFont;
  readonly #parts: PdfParts;
  readonly #others = new Map<Typeface, readonly [string, EmbeddedFont]>();

  constructor(parts: PdfParts, fonts: FontSet) {
    this.#parts = parts;
    this.face = fonts.typeface(FACE);
    this.mono = new EmbeddedFont(parts, this.face, '');
  }

  /** Resource name and font. */
  of(face: Typeface): readonly [string, EmbeddedFont] {
    if (face === this.face) return [FONT, this.mono];
    const known = this.#others.get(face);
    if (known) return known;
    const added = [`f${this.#others.size}`, new EmbeddedFont(this.#parts, face, '')] as const;
    this.#others.set(face, added);
    return added;
  }

  /** For the resources of every page. */
  get named(): readonly (readonly [string, PdfRef])[] {
    return [
      [FONT, this.mono.ref],
      ...[...this.#others.values()].map(([name, { ref }]) => [name, ref] as const),
    ];
  }

  write(): void {
    this.mono.write();
    for (const [, font] of this.#others.values()) font.write();
  }
}

/**
 * A paginated PDF of a text: monospaced, white space kept, long lines broken at a space if there is one, form feeds
 * start a page; lines in other scripts are set in `fonts`, each line in its own direction, and what cannot be seen is written
 * out. Tagged: a paragraph for each page, the footers left out. The same input gives the same bytes. `title` goes
 * into the footer and the document information.
 */
export function textToPdf(
  text: string,
  { title, fonts = SHIPPED_FONTS }: { readonly title: string; readonly fonts?: FontSet },
): Uint8Array {
  const parts = new PdfParts();
  const used = new TextFonts(parts, fonts);
  const perPage = Math.floor((PAGE.height - PAGE.top - PAGE.bottom) / LEADING);
  const pages = paginate(shownText(text), used.face, perPage);
  const tree = parts.reserve();
  const contents = pages.map((lines, index) => {
    const number = `${index + 1} / ${pages.length}`;
    return linesContent(used, lines) + footerContent(used, title, number);
  });
  const kids = contents.map((operators, index) => {
    const page = pageWith(parts, [0, 0, PAGE.width, PAGE.height], { operators, fonts: used.named });
    return parts.add(page.set('Parent', tree).set('StructParents', index));
  });
  const said = pages.map((lines) => actualText(lines, used.face));
  used.write();
  parts.put(tree, pdfDict({ Type: 'Pages', Kids: kids, Count: kids.length }));
  const root = parts.add(
    new Map([...pdfDict({ Type: 'Catalog', Pages: tree }), ...structureOf(parts, kids, said)]),
  );
  return writeParts(parts, { root, info: parts.add(pdfDict({ Title: textString(title) })) });
}

/** Characters of a text that `textToPdf` could only draw as boxes, each with its marks, once and in the order of the text. */
export function undrawable(text: string, fonts: FontSet): string[] {
  const face = fonts.typeface(FACE);
  const missing = new Set<string>();
  const seen = new Set<string>();
  for (const [run] of shownText(text).matchAll(/\P{M}?[^\0-\x7f]+/gu)) {
    if (seen.has(run)) continue;
    seen.add(run);
    for (const character of charactersOf(run.normalize('NFC')))
      if (!seen.has(character) || character === run) {
        seen.add(character);
        if (!canDraw(character, face)) missing.add(character);
      }
  }
  return [...missing];
}

/** Entries of the catalog: a structure tree with a paragraph for the marked content of each page (ISO 32000-1, 14.7). */
function structureOf(
  parts: PdfParts,
  pages: readonly PdfRef[],
  said: readonly (string | undefined)[],
): PdfDict {
  const root = parts.reserve();
  const all = parts.reserve();
  const paragraphs = pages.map((page, index) => {
    const text = said[index];
    const element = { Type: 'StructElem', S: 'P', P: all, Pg: page, K: 0 } as const;
    return parts.add(pdfDict({ ...element, ActualText: text === undefined ? undefined : textString(text) }));
  });
  parts.put(all, pdfDict({ Type: 'StructElem', S: 'Document', P: root, K: paragraphs }));
  const nums = paragraphs.flatMap((paragraph, index) => [index, [paragraph]]);
  const next = pages.length;
  parts.put(
    root,
    pdfDict({ Type: 'StructTreeRoot', K: [all], ParentTree: { Nums: nums }, ParentTreeNextKey: next }),
  );
  return pdfDict({ StructTreeRoot: root, MarkInfo: { Marked: true } });
}

/** Set by the monospaced font alone, from left to right. */
const isPlainLine = (line: string, face: Typeface): boolean =>
  !line.startsWith(RIGHT_TO_LEFT) && isPlain(line, face);

/** Lines of each page. */
function paginate(text: string, face: Typeface, perPage: number): string[][] {
  const columns = Math.floor(ROOM / face.width('0', SIZE));
  const pages: string[][] = [];
  for (const part of text.split('\f')) {
    const lines = part
      .split(/\r\n|\r|\n|\u2028|\u2029/)
      .map((line) => expandTabs(line).normalize('NFC'))
      .flatMap((line) => (isPlainLine(line, face) ? breakLine(line, columns) : breakShaped(line, face)));
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
  const characters = Array.from(line);
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

/** The same for a line whose characters are not equally wide: pieces that have room, of one reading direction. */
function breakShaped(line: string, face: Typeface): string[] {
  const chain = [face, ...face.fallbacks];
  // each letter as it stands alone: what joins takes no more room than that
  const widthOf = (text: string): number => {
    let width = 0;
    for (const character of text)
      width += (chain.find((one) => one.glyph(character) !== 0) ?? face).width(character, SIZE);
    return width;
  };
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  const add = (text: string): void => {
    const width = widthOf(text);
    const characters = width > ROOM ? charactersOf(text) : [text];
    if (characters.length > 1) {
      characters.forEach(add);
      return;
    }
    if (piece !== '' && used + width > ROOM && text.trim() !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += text;
    used += width;
  };
  for (const [word] of line.matchAll(/ +|[^ ]+/g)) breakWord(word).forEach(add);
  const mark = isRightToLeft(line) ? RIGHT_TO_LEFT : '';
  return [...pieces, piece].map((text) => mark + text);
}

/** What a page says, where its glyphs do not: they are drawn as they stand from left to right. */
const actualText = (lines: readonly string[], face: Typeface): string | undefined =>
  lines.every((line) => isPlainLine(line, face))
    ? undefined
    : lines.map((line) => cleanText(line).replace(RIGHT_TO_LEFT, '')).join('\n');

/** One text object for all lines of a page, in PDF's operators. */
function linesContent(used: TextFonts, lines: readonly string[]): string {
  const start = `BT 0.1 g /${FONT} ${SIZE} Tf ${LEADING} TL ${PAGE.side} ${PAGE.height - PAGE.top - SIZE} Td\n`;
  const { face, mono } = used;
  // with a space at its end, so that lines are apart for those who read the marked content alone
  const shown = lines.map((line) => {
    if (line.trim() === '') return 'T*\n';
    return isPlainLine(line, face)
      ? `<${mono.encode(`${face.printable(line)} `)}> Tj T*\n`
      : shapedLine(used, line);
  });
  return `/P <</MCID 0>> BDC\n${start}${shown.join('')}ET EMC\n`;
}

/** A line of any script; one that is read from right to left starts at the right margin. */
function shapedLine(used: TextFonts, line: string): string {
  const { operators, width } = shaped(used, line, SIZE);
  const drawn = `${operators} /${FONT} ${SIZE} Tf <${used.mono.encode(' ')}> Tj`;
  const shift = isRightToLeft(line) ? Math.max(0, round(ROOM - width)) : 0;
  return shift === 0 ? `${drawn} T*\n` : `${shift} 0 Td ${drawn} ${-shift} ${-LEADING} Td\n`;
}

/** What draws a line of any script, and its width in points. */
function shaped(used: TextFonts, line: string, size: number): { operators: string; width: number } {
  const { runs, width } = shapeLine(line, used.face);
  const operators = runs.map((run) => {
    const [name, font] = used.of(run.face);
    return `/${name} ${size} Tf ${runOperators(run, font, size)}`;
  });
  return { operators: operators.join(' '), width: (width * size) / 1000 };
}

function footerContent(used: TextFonts, title: string, number: string): string {
  const { face, mono } = used;
  const numberWidth = face.width(number, FOOTER_SIZE);
  const [first = '', ...rest] = breakLines(title, face, FOOTER_SIZE, ROOM - numberWidth - 20);
  const show = (text: string, x: number): string => {
    const drawn = isPlainLine(text, face)
      ? `/${FONT} ${FOOTER_SIZE} Tf ${round(x)} ${PAGE.bottom - 26} Td <${mono.encode(text)}> Tj`
      : `${round(x)} ${PAGE.bottom - 26} Td ${shaped(used, text, FOOTER_SIZE).operators}`;
    return `BT 0.4 0.45 0.54 rg ${drawn} ET\n`;
  };
  return `/Artifact BMC\n${show(rest.length > 0 ? `${first} …` : first, PAGE.side)}${show(number, PAGE.width - PAGE.side - numberWidth)}EMC\n`;
}
