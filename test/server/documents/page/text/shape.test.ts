import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readFonts, SHIPPED_FONTS } from '@segl/server/documents/page/text/fonts';
import { breakLines, shapeLine, widthOf } from '@segl/server/documents/page/text/shape';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import { loadTemplate } from '@segl/server/documents/page/template/template';
import { pdfOf } from '../../../../support/pdf/signed-page.ts';
import { run, tool } from '../../../../support/tools.ts';

const face = SHIPPED_FONTS.typeface('DejaVuSansCondensed');
const folder = mkdtempSync(join(tmpdir(), 'segl-shape-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** What a reader sees from left to right, run by run. */
const seen = (text: string): string[] =>
  shapeLine(text, face).runs.map(({ glyphs }) => glyphs.map((glyph) => glyph.text).join(''));

async function pageOf(names: readonly string[]): Promise<{ text: string; missing: readonly string[] }> {
  const at = new Date('2026-11-20T17:44:05Z');
  const page = renderSignaturePage(await loadTemplate('standard'), {
    language: 'da',
    title: 'Kontrakt',
    documents: [{ title: 'Kontrakt.pdf', sha256: 'ab'.repeat(32), mimeType: 'application/pdf' }],
    signers: names.map((name) => ({
      name,
      method: 'NemID',
      identifier: '',
      signedAt: at,
      nationalIdVerified: false,
    })),
    sealedBy: 'Nordisk A/S',
    sealedAt: at,
    timeZone: 'Europe/Copenhagen',
  });
  const file = join(folder, 'pdfOf(page)');
  writeFileSync(file, pdfOf(page));
  const { output } = run('pdftotext', ['-layout', '-enc', 'UTF-8', file, '-']);
  const text = Buffer.from(output, 'latin1').toString('utf8');
  // pdftotext marks where the direction turns
  return { text: text.replace(/[\u202a-\u202e]/g, ''), missing: page.missing };
}

t.test('names from right to left come back as they were written', async (t) => {
  if (!tool(t, 'pdftotext')) return;
  const names = ['محمد عبد الله الأنصاري', 'مُحَمَّد', 'می\u200cخواهم', 'בִּנְיָמִין נתניהו', 'שלום עולם'];
  const composed = ['Nguyễn Thị Hồng Phượng'.normalize('NFD'), 'x\u0323\u0301 q\u0303'];
  const { text, missing } = await pageOf([...names, ...composed]);
  for (const name of [...names, ...composed]) {
    t.ok(text.normalize('NFC').includes(name.normalize('NFC')), name);
  }
  t.strictSame(missing, []);
});

t.test('letters join, and stand where the reading direction has them', async (t) => {
  const glyphsOf = (text: string): number[] =>
    shapeLine(text, face).runs.flatMap(({ glyphs }) => glyphs.map(({ id }) => id));
  const [last, middle, first] = glyphsOf('ببب');
  t.equal(new Set([last, middle, first, ...glyphsOf('ب')]).size, 4, 'four forms of one letter');
  t.equal(glyphsOf('لا').length, 1, 'lam and alef are one glyph');
  t.strictSame(seen('אבג 12 דהו').join(''), 'והד 12 גבא', 'numbers are read from left to right');
  t.strictSame(seen('ab אב cd').join('|'), 'ab |בא| cd');
  const [bracket] = glyphsOf('(א');
  t.equal(bracket, face.glyph('א'), 'the letter is at the left of its bracket');
  t.equal(glyphsOf('(א')[1], face.glyph(')'), 'which is mirrored');
  const mark = shapeLine('q\u0303', face).runs[0]!.glyphs[1]!;
  t.ok(mark.advance === 0 && mark.x !== 0, 'a mark is put over its letter');
});

t.test('lines of any script are broken where they may be, and nothing is lost', async (t) => {
  const texts = [
    'שלום '.repeat(40),
    'محمد '.repeat(40),
    'ש'.repeat(300),
    'q\u0303'.repeat(300),
    'Kæreאב '.repeat(30),
  ];
  for (const text of texts) {
    const lines = breakLines(text, face, 10, 200);
    t.ok(
      lines.length > 1 && lines.every((line) => widthOf(line, face, 10) <= 200.01),
      `${lines.length} lines`,
    );
    const joined = lines.join('').replaceAll('\u200f', '').replaceAll(' ', '');
    t.equal(joined, text.normalize('NFC').replaceAll(' ', ''));
  }
  t.strictSame(breakLines('', face, 10, 200), ['']);
});

t.test('what no font has is a box, and is told by its script alone', async (t) => {
  const { runs, missing } = shapeLine('王小明 Wang かな', face);
  t.strictSame(missing, ['Han', 'Hiragana']);
  const boxes = runs.flatMap(({ glyphs }) => glyphs).filter(({ text }) => text === '□');
  t.equal(boxes.length, 5);
});

t.test('fonts of the folder serve what is missing, and one that cannot is refused by name', async (t) => {
  const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  const good = join(folder, 'good');
  mkdirSync(good);
  writeFileSync(
    join(good, 'Other.ttf'),
    withCharacterAs(readFileSync(join(fonts, 'DejaVuSans.ttf')), 0x738b),
  );
  const { runs, missing } = shapeLine('Ni 王', readFonts(good).typeface('DejaVuSans-Oblique'));
  t.strictSame(missing, []);
  t.equal(runs.at(-1)?.face.name, 'Other');
  t.strictSame(
    shapeLine('Ni 王', SHIPPED_FONTS.typeface('DejaVuSans-Oblique')).missing,
    ['Han'],
    'nobody else has them',
  );

  const doubles = join(folder, 'doubles');
  mkdirSync(doubles);
  copyFileSync(join(good, 'Other.ttf'), join(doubles, 'DejaVuSans.ttf'));
  const double = readFonts(doubles).typeface(face.name).fallbacks.at(-1)!;
  t.equal(double.name, 'DejaVuSans');
  t.not(
    double.key,
    SHIPPED_FONTS.typeface('DejaVuSans').key,
    'another font of the same name is not taken for it',
  );

  const bad = join(folder, 'bad');
  mkdirSync(bad);
  copyFileSync(join(fonts, 'DejaVuSans.ttf'), join(bad, 'a.ttf'));
  for (const [name, bytes] of [
    ['b.otf', 'OTTO'],
    ['b.ttc', 'ttcf'],
    ['b.ttf', 'nothing of a font'],
  ] as const) {
    writeFileSync(join(bad, name), bytes);
    t.throws(() => readFonts(bad), { code: 'FONT_UNUSABLE', params: { file: join(bad, name) } }, name);
    rmSync(join(bad, name));
  }
});

/** The font with one more character in its map, in place of Ā, the glyph being that of Ā. */
function withCharacterAs(file: Buffer, code: number): Buffer {
  const font = Buffer.from(file);
  const tables = font.readUInt16BE(4);
  for (let index = 0; index < tables; index++) {
    const at = 12 + 16 * index;
    if (font.toString('latin1', at, at + 4) !== 'cmap') continue;
    const cmap = font.readUInt32BE(at + 8);
    for (let sub = 0; sub < font.readUInt16BE(cmap + 2); sub++) {
      const table = cmap + font.readUInt32BE(cmap + 4 + 8 * sub + 4);
      if (font.readUInt16BE(table) !== 12) continue;
      // the last group of the format that has all characters
      const group = table + 16 + 12 * (font.readUInt32BE(table + 12) - 1);
      font.writeUInt32BE(code, group);
      font.writeUInt32BE(code, group + 4);
    }
  }
  return font;
}
