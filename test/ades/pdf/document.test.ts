import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkPdf } from '@segl/ades/pdf/check';
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfRef, PdfString } from '@segl/ades/pdf/objects';
import { dateString, readDateString, readTextString, textString } from '@segl/ades/pdf/text-string';
import { Lexer } from '@segl/ades/pdf/lexer';
import { isSeglError } from '@segl/problem/errors';
import { projectFile } from '@segl/server/paths';
import { SMALL, makePdf, pseudoRandom, writePdf } from '../../support/pdf/pdf.ts';
import { run, tool } from '../../support/tools.ts';

const lex = (text: string) => new Lexer(Buffer.from(text, 'latin1')).value();
const bytesOf = (value: unknown): string =>
  value instanceof PdfString ? Buffer.from(value.bytes).toString('latin1') : 'not a string';

t.test('objects read as the standard has them', async (t) => {
  t.same(lex('[1 -2.5 +.5 4. true false null]'), [1, -2.5, 0.5, 4, true, false, null]);
  t.same(lex('[1 2 R 3 0 R]'), [new PdfRef(1, 2), new PdfRef(3, 0)]);
  t.equal(bytesOf(lex('(a(b)\\)\\n\\101\\\r\nc\r\nd)')), 'a(b))\nAc\nd');
  t.equal(bytesOf(lex('<48 65 6C6c 7>')), 'Hellp');
});

t.test('what has two meanings or no end is refused', async (t) => {
  const bad = [
    '<</A 1 /A 2>>',
    '[1 2',
    '(a',
    '<4x>',
    '<</A>>',
    '--1',
    '1e5',
    'foo',
    '/A#4',
    '[[',
    `${'['.repeat(100)}`,
  ];
  for (const text of bad) t.throws(() => lex(text), { code: 'PDF_INVALID' }, text.slice(0, 20));
});

t.test('text strings and dates come back as they went in', async (t) => {
  for (const text of ['Lease', 'Søren Ærø', 'Γιώργος Дмитрий', '😀 (x)\\']) {
    t.equal(readTextString(textString(text)), text);
  }
  const time = new Date('2026-11-20T18:44:05Z');
  t.same(readDateString(dateString(time)), time);
  const date = (text: string) => readDateString(new PdfString(Buffer.from(text)));
  t.same(date("D:20261120194405+01'00'"), time);
  t.same(date('D:2026'), new Date('2026-01-01T00:00:00Z'));
  t.equal(date('20261120'), undefined);
});

t.test('every shape of cross-reference is read', async (t) => {
  t.same(checkPdf(await makePdf(3)), { pages: 3, version: '1.7', signatures: 0 });
  t.same(checkPdf(await makePdf(3, true)), { pages: 3, version: '1.7', signatures: 0 });
  t.same(checkPdf(writePdf(SMALL)), { pages: 1, version: '1.7', signatures: 0 });
  t.same(checkPdf(writePdf({ ...SMALL, 4: '[(a)]' }, { hybrid: [2, 3] })), {
    pages: 1,
    version: '1.7',
    signatures: 0,
  });
  const newer = { ...SMALL, 1: '<</Type /Catalog /Pages 2 0 R /Version /2.0>>' };
  t.equal(checkPdf(writePdf(newer)).version, '2.0');
});

t.test('what acts by itself is refused, unless the file is written anew', async (t) => {
  const acting = {
    'a script at opening': { 1: '<</Type /Catalog /Pages 2 0 R /OpenAction <</S /JavaScript /JS (x)>>>>' },
    'a script by name': {
      1: '<</Type /Catalog /Pages 2 0 R /Names <</JavaScript <</Names [(a) 4 0 R]>>>>>>',
      4: '<</S /JavaScript /JS (x)>>',
    },
    'a program behind a link': {
      3: '<</Type /Page /Parent 2 0 R /Annots [<</Subtype /Link /A <</S /Launch /F (a)>>>>]>>',
    },
    'one action after another': {
      1: '<</Type /Catalog /Pages 2 0 R /OpenAction <</S /GoTo /D [3 0 R /Fit] /Next [4 0 R]>>>>',
      4: '<</S 5 0 R /T <<>>>>',
      5: '/GoToE',
    },
    'layers that are switched': { 3: '<</Type /Page /Parent 2 0 R /AA <</O <</S /SetOCGState>>>>>>' },
    'an XFA form': { 1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [] /XFA (x)>>>>' },
  };
  for (const [what, objects] of Object.entries(acting)) {
    const pdf = writePdf({ ...SMALL, ...objects });
    t.throws(() => checkPdf(pdf), { code: 'PDF_INVALID', message: /action|XFA/ }, what);
    t.equal(checkPdf(pdf, { isRewritten: true }).pages, 1, what);
  }
  const leading = {
    1: '<</Type /Catalog /Pages 2 0 R /OpenAction <</S /GoTo /D [3 0 R /Fit]>> /StructTreeRoot 4 0 R>>',
    3: '<</Type /Page /Parent 2 0 R /Annots [<</Subtype /Link /A <</S /URI /URI (https://a.example/)>>>>]>>',
    4: '<</Type /StructTreeRoot /K 5 0 R>>',
    5: '<</S /Hide /P 4 0 R>>',
  };
  t.equal(checkPdf(writePdf({ ...SMALL, ...leading })).pages, 1, 'what only leads somewhere');
});

t.test('qpdf output of every kind is read', async (t) => {
  const qpdf = tool(t, 'qpdf');
  if (!qpdf) return;
  const folder = mkdtempSync(join(tmpdir(), 'segl-pdf-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const input = join(folder, 'in.pdf');
  writeFileSync(input, await makePdf(12));
  for (const options of [
    ['--linearize'],
    ['--object-streams=generate'],
    ['--object-streams=generate', '--linearize'],
    ['--object-streams=disable', '--qdf'],
    ['--force-version=2.0', '--newline-before-endstream'],
  ]) {
    const output = join(folder, 'out.pdf');
    run(qpdf, [...options, input, output]);
    t.equal(checkPdf(readFileSync(output)).pages, 12, options.join(' '));
  }
  const output = join(folder, 'encrypted.pdf');
  run(qpdf, ['--encrypt', '', 'owner', '256', '--', input, output]);
  t.throws(() => checkPdf(readFileSync(output)), { code: 'PDF_ENCRYPTED' });
});

t.test('PDFs of real programs are judged as their origin says', async (t) => {
  const folder = projectFile('..', 'shared', 'vectors', 'nemid', 'pdf-validator');
  if (!existsSync(folder)) {
    t.pass('real PDFs', { skip: 'the vectors are not here' });
    return;
  }
  const read = (name: string) => readFileSync(join(folder, name));
  t.equal(checkPdf(read('valid/PDF_output_from_OO_Writer.pdf')).pages, 12);
  t.equal(checkPdf(read('valid/PDF_output_from_Word.pdf')).pages, 11);
  t.equal(checkPdf(read('valid/PDF_validates1.pdf')).pages, 1);
  t.throws(() => checkPdf(read('invalid/PDF-K0_Corrupt.pdf')), { code: 'PDF_INVALID' });
  t.throws(() => checkPdf(read('invalid/PDF_encrypted_open.pdf')), { code: 'PDF_ENCRYPTED' });
  t.throws(() => checkPdf(read('invalid/Txt-text-file.txt')), { code: 'PDF_INVALID' });
});

t.test('broken and hostile files are refused with a reason', async (t) => {
  const sound = Buffer.from(writePdf(SMALL)).toString('latin1');
  const refuse = (text: string | Uint8Array, why: RegExp): void => {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    t.throws(() => checkPdf(bytes), { code: 'PDF_INVALID', message: why }, String(why));
  };
  refuse('', /does not start/);
  refuse('hello', /does not start/);
  refuse(`junk${sound}`, /does not start/);
  refuse(sound.slice(0, -40), /startxref/);
  refuse(sound.replace(/startxref\n\d+/, 'startxref\n99999999'), /behind the end/);
  refuse(sound.replace(/startxref\n\d+/, 'startxref\n12'), /./);
  const startxref = /startxref\n(\d+)/.exec(sound)?.[1] ?? '';
  refuse(sound.replace('/Root', `/Prev ${startxref} /Root`), /loop/);
  refuse(sound.replace('3 0 obj', '4 0 obj'), /leads to another place/);
  refuse(sound.replace('/Size 6', '/Size 9999999999'), /objects/);
  refuse(writePdf({ ...SMALL, 2: '<</Type /Pages /Kids [3 0 R 2 0 R] /Count 1>>' }), /loop/);
  refuse(writePdf({ ...SMALL, 2: '<</Type /Pages /Kids [] /Count 0>>' }), /no pages/);
  refuse(
    writePdf({ ...SMALL, 3: '<</Type /Page /Contents 4 0 R>>', 4: '<</Length 4 0 R>>\nstream\n\nendstream' }),
    /itself/,
  );
  refuse(
    writePdf({ ...SMALL, 3: '<</Type /Page /Contents 4 0 R>>', 4: '<</Length 9>>\nstream\nabc\nendstream' }),
    /Length/,
  );
  refuse(
    writePdf({
      ...SMALL,
      1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R]>>>>',
      4: '<</Kids [4 0 R]>>',
    }),
    /loop/,
  );
  const names = '<</Names [(a) null (a) null]>>';
  refuse(
    writePdf({ ...SMALL, 1: `<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles ${names}>>>>` }),
    /same key/,
  );
  t.throws(() => checkPdf(writePdf(SMALL, { trailer: '/Encrypt 1 0 R' })), { code: 'PDF_ENCRYPTED' });
  const certified = '<</Type /Catalog /Pages 2 0 R /Perms <</DocMDP <<>>>>>>';
  t.match(checkPdf(writePdf({ ...SMALL, 1: certified })), { pages: 1 }, 'it is signed as it is');
});

t.test('damaged files give a typed error or a result, and quickly', async (t) => {
  const sources = [
    await makePdf(2),
    await makePdf(2, true),
    writePdf({ ...SMALL, 4: '[(a)]' }, { hybrid: [2, 3] }),
  ];
  const random = pseudoRandom(20261120);
  let slowest = 0;
  for (let round = 0; round < 2100; round++) {
    const source = sources[round % sources.length] as Uint8Array;
    let damaged = Buffer.from(source);
    if (random() < 0.2) damaged = damaged.subarray(0, Math.floor(random() * damaged.length));
    for (let change = 0; change < 1 + random() * 6 && damaged.length > 0; change++) {
      const at = Math.floor(random() * damaged.length);
      // digits hit lengths, offsets and references more often than random bytes do
      damaged[at] = random() < 0.5 ? 0x30 + Math.floor(random() * 10) : Math.floor(random() * 256);
    }
    const started = performance.now();
    try {
      checkPdf(damaged);
      PdfDocument.open(damaged);
    } catch (error) {
      if (!isSeglError(error, 'PDF_INVALID', 'PDF_ENCRYPTED')) {
        t.fail(`round ${round}: ${String(error)}`);
        break;
      }
    }
    slowest = Math.max(slowest, performance.now() - started);
  }
  t.ok(slowest < 2000, `slowest: ${slowest.toFixed(1)} ms`);
});

t.test('compressed bombs stop at the limit', async (t) => {
  const { deflateSync } = await import('node:zlib');
  const bomb = deflateSync(Buffer.alloc(100 << 20)).toString('latin1');
  const head = '%PDF-1.7\n';
  const dict = `<</Type /XRef /Size 9 /W [1 1 1] /Root 1 0 R /Filter /FlateDecode /Length ${bomb.length}>>`;
  const text = `${head}9 0 obj\n${dict}\nstream\n${bomb}\nendstream\nendobj\nstartxref\n${head.length}\n%%EOF\n`;
  t.throws(() => checkPdf(Buffer.from(text, 'latin1')), { code: 'PDF_INVALID', message: /larger than/ });
});
