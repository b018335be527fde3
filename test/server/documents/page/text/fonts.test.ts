import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fontkit from '@pdf-lib/fontkit';
import t from 'tap';
import { EmbeddedFont } from '@segl/server/documents/page/text/embedded-font';
import { isFontName, SHIPPED_FONTS } from '@segl/server/documents/page/text/fonts';
import { pageWith } from '@segl/server/documents/page/drawing/page-content';
import { writeParts } from '@segl/ades/pdf/new-file';
import { PdfParts, pdfDict } from '@segl/ades/pdf/parts';
import { TrueTypeFont } from '@segl/server/documents/page/text/truetype';
import { run, tool } from '../../../../support/tools.ts';

const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
const folder = mkdtempSync(join(tmpdir(), 'segl-fonts-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** A PDF with a line for each text. */
function pdfOf(texts: readonly string[], common = ''): Uint8Array {
  const parts = new PdfParts();
  const font = new EmbeddedFont(parts, SHIPPED_FONTS.typeface('DejaVuSans'), common);
  const lines = texts.map((text) => `<${font.encode(text)}> Tj T*`);
  const operators = `BT /F 9 Tf 14 TL 20 ${texts.length * 14 + 20} Td ${lines.join('\n')} ET`;
  const tree = parts.reserve();
  const page = pageWith(parts, [0, 0, 2000, texts.length * 14 + 40], { operators, fonts: [['F', font.ref]] });
  parts.put(tree, pdfDict({ Type: 'Pages', Kids: [parts.add(page.set('Parent', tree))], Count: 1 }));
  font.write();
  return writeParts(parts, { root: parts.add(pdfDict({ Type: 'Catalog', Pages: tree })) });
}

function save(pdf: Uint8Array): string {
  const path = join(folder, 'fonts.pdf');
  writeFileSync(path, pdf);
  return path;
}

// ExtraLight has no characters beyond U+FFFF, hence the other form of character map
for (const name of ['DejaVuSansCondensed-Bold', 'DejaVuSansMono', 'DejaVuSans-ExtraLight']) {
  t.test(
    `${name}: characters, widths and the outlines of a subset are those that fontkit reads`,
    async (t) => {
      const file = readFileSync(join(fonts, `${name}.ttf`));
      const font = new TrueTypeFont(file);
      const oracle = fontkit.create(file);
      const scale = 1000 / oracle.unitsPerEm;
      const codePoints = oracle.characterSet;
      t.ok(codePoints.length > 1900);
      t.strictSame(
        codePoints.map((code) => [font.glyph(code), font.advance(font.glyph(code))]),
        codePoints.map((code) => {
          const { id, advanceWidth } = oracle.glyphForCodePoint(code);
          return [id, advanceWidth * scale];
        }),
      );
      t.equal(font.glyph(0x4e2d), 0, 'no Chinese');

      // every glyph in another order than that of the file
      const glyphs = [0, ...new Set(codePoints.map((code) => font.glyph(code)))];
      glyphs.push(...glyphs.splice(1, 500));
      const bytes = font.subset(glyphs);
      const subset = fontkit.create(bytes);
      const outline = (from: typeof oracle, glyph: number): unknown => {
        const { path, advanceWidth } = from.getGlyph(glyph) as unknown as {
          path: { toSVG(): string };
          advanceWidth: number;
        };
        return [path.toSVG(), advanceWidth];
      };
      t.strictSame(
        glyphs.map((_, index) => outline(subset, index)),
        glyphs.map((glyph) => outline(oracle, glyph)),
      );
      let sum = 0;
      for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
      t.equal(sum, 0xb1b0afba, 'sum over the file');
    },
  );
}

t.test('every character comes back as text', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  const qpdf = tool(t, 'qpdf');
  const pdffonts = tool(t, 'pdffonts');
  if (!pdftotext || !qpdf || !pdffonts) return;
  const range = (from: number, to: number): string =>
    String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, index) => from + index));
  const face = SHIPPED_FONTS.typeface('DejaVuSans');
  const texts = [
    range(0x21, 0x7e),
    range(0xa1, 0xac) + range(0xae, 0xff),
    range(0x100, 0x17f),
    'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ αβγδεζηθικλμνξοπρσςτυφχψω',
    range(0x410, 0x44f),
    'Ả Ệ ự Ș ț – — ‘’ “” „ … • € № ™ ∆ Ω ffi flæsk',
    '𝔸𝔹 😀',
  ].map((text) => face.printable(text));
  t.notOk(texts.join('').includes('□'), 'the font has all of them');
  const path = save(pdfOf(texts));
  const read = Buffer.from(
    run(pdftotext, ['-layout', '-enc', 'UTF-8', path, '-']).output,
    'latin1',
  ).toString();
  // pdftotext takes ligatures and other compatibility characters apart
  for (const text of texts) t.ok(read.normalize('NFKC').includes(text.normalize('NFKC')), text);
  t.equal(run(qpdf, ['--check', path]).code, 0);
  t.match(run(pdffonts, [path]).output, /^[A-Z]{6}\+DejaVuSans +CID TrueType +Identity-H +yes yes yes/m);
});

t.test('documents share the subset of common characters, and others get their own', async (t) => {
  const common = 'abcdefghijklmnopqrstuvwxyz ';
  const first = pdfOf(['just common'], common);
  const other = pdfOf(['not só common'], common);
  t.ok(Buffer.from(first).equals(pdfOf(['just common'], common)), 'what came between does not matter');
  const nameIn = (pdf: Uint8Array) => /\/BaseFont \/(\w+)\+/.exec(Buffer.from(pdf).toString('latin1'))?.[1];
  t.equal(nameIn(pdfOf(['common too'], common)), nameIn(first));
  t.not(nameIn(other), nameIn(first));
  for (let code = 0x100; code < 0x180; code++) pdfOf([String.fromCodePoint(code)]);
  t.ok(Buffer.from(first).equals(pdfOf(['just common'], common)), 'forgotten and made again: the same');
});

t.test('what cannot be set is shown as missing', async (t) => {
  const face = SHIPPED_FONTS.typeface('DejaVuSansCondensed');
  t.equal(face.printable('Åse e\u0301 漢'), 'Åse é □');
  t.equal(face.printable('محمد'), '□□□□', 'letters that must join');
  t.equal(face.printable('שלום 12'), '□□□□ 12', 'right to left');
  t.equal(face.printable('a\tb\u0000c\u202ed'), 'a b\ufffdc\ufffdd');
});

t.test('only fonts that are there have a name', async (t) => {
  t.ok(isFontName('DejaVuSerif-Italic'));
  for (const name of ['DejaVuNone', '../DejaVuSans', 'Helvetica', '']) t.notOk(isFontName(name), name);
});
