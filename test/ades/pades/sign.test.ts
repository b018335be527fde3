import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { verifyCms } from '@segl/ades/cades/sign';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import { signPades } from '@segl/ades/pades/sign';
import type { PadesInput } from '@segl/ades/pades/sign';
import { loadTemplate } from '@segl/server/documents/page/template/template';
import { readAttachments, verifyPades } from '@segl/ades/pades/verify';
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfString } from '@segl/ades/pdf/objects';
import { ManualClock } from '@segl/problem/clock';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { projectFile } from '@segl/server/paths';
import { SMALL, makePdf, writePdf } from '../../support/pdf/pdf.ts';
import { TEST_TIME, TSA_URL, createTestPki } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { every } from '../../support/sweep.ts';

const pki = createTestPki('RSA');
const ecPki = createTestPki('EC-P256');
const timestamper = createTimestamper({
  url: TSA_URL,
  anchors: [pki.root.certificate.der],
  post: pki.post,
  clock: new ManualClock(TEST_TIME),
});

const page = renderSignaturePage(await loadTemplate('standard'), {
  language: 'da',
  title: 'Lejekontrakt',
  requestId: '0103202612345',
  documents: [{ title: 'Lejekontrakt', sha256: 'ab'.repeat(32), mimeType: 'application/pdf' }],
  signers: [
    {
      name: 'Åse Møller',
      method: 'NemID',
      identifier: 'PID:9208-2002-2-1',
      signedAt: TEST_TIME,
      nationalIdVerified: true,
    },
  ],
  sealedBy: 'Segl test',
  sealedAt: TEST_TIME,
  timeZone: 'Europe/Copenhagen',
});

const attachment = (name: string, text: string) => ({
  name,
  description: `LTV-SDO: Åse Møller`,
  mimeType: 'application/x-ltv-sdo',
  bytes: Buffer.from(text),
  modified: TEST_TIME,
});

const sign = (pdf: Uint8Array, more: Partial<PadesInput> = {}): Promise<Uint8Array> =>
  signPades({
    pdf,
    attachments: [],
    key: pki.signerKey,
    signerName: 'Segl test',
    signingTime: TEST_TIME,
    ...more,
  });

const folder = mkdtempSync(join(tmpdir(), 'segl-pades-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function save(bytes: Uint8Array, name = 'signed.pdf'): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface TestHandle {
  pass(message: string, extra: { skip: string }): unknown;
  fail(message: string): unknown;
  equal(found: unknown, wanted: unknown, message: string): unknown;
  match(found: unknown, pattern: unknown, message: string): unknown;
}

/** What the tools of the operating system say about a signed file. */
function judge(t: TestHandle, signed: Uint8Array, signatures: number, what: string): void {
  const qpdf = tool(t, 'qpdf');
  const pdfsig = tool(t, 'pdfsig');
  if (!qpdf || !pdfsig) return;
  const path = save(signed);
  const sound = run(qpdf, ['--check', path]);
  t.equal(sound.code, 0, `${what}: qpdf ${sound.code === 0 ? '' : sound.output}`);
  const { output } = run(pdfsig, ['-nocert', path]);
  t.equal(output.match(/Signature is Valid/g)?.length, signatures, `${what}: valid for pdfsig`);
  t.equal(output.match(/ETSI\.CAdES\.detached/g)?.length, signatures, `${what}: type`);
  t.match(output, /Total document signed/, `${what}: covers the file`);
}

const shapes = async (): Promise<Record<string, Uint8Array>> => ({
  table: await makePdf(2),
  'object streams': await makePdf(2, true),
  hybrid: writePdf({ ...SMALL, 4: '[(a)]' }, { hybrid: [2, 3] }),
  'indirect form, fields and annotations': writePdf({
    ...SMALL,
    1: '<</Type /Catalog /Pages 2 0 R /AcroForm 4 0 R /Names 8 0 R /AF 9 0 R>>',
    2: '<</Type /Pages /Kids 10 0 R /Count 1 /MediaBox [0 0 300 300]>>',
    3: '<</Type /Page /Parent 2 0 R /Annots 6 0 R>>',
    4: '<</Fields 5 0 R>>',
    5: '[7 0 R]',
    6: '[7 0 R]',
    7: '<</Type /Annot /Subtype /Widget /FT /Tx /T (Seal1) /Rect [0 0 9 9]>>',
    8: '<</EmbeddedFiles 11 0 R>>',
    9: '[]',
    10: '[3 0 R]',
    11: '<</Kids [12 0 R 13 0 R]>>',
    12: '<</Limits [(a) (b)] /Names [(a) 14 0 R (b) 14 0 R]>>',
    13: '<</Limits [(x.xml) (x.xml)] /Names [(x.xml) 14 0 R]>>',
    14: '<</Type /Filespec /F (old) /EF <</F 15 0 R>>>>',
    15: '<</Type /EmbeddedFile /Length 3>>\nstream\nold\nendstream',
  }),
});

t.test('every shape of file can be signed, with pages and without, and signed again', async (t) => {
  for (const [name, pdf] of Object.entries(await shapes())) {
    for (const input of [{}, { page, attachments: [attachment('x.xml', '<a>æ</a>')], timestamper }]) {
      const once = await sign(pdf, input);
      t.ok(Buffer.from(once).subarray(0, pdf.length).equals(pdf), `${name}: the original is a prefix`);
      judge(t, once, 1, `${name}, once`);
      t.equal(verifyPades(once).signatures.length, 1);
      const twice = await sign(once, { key: ecPki.signerKey, attachments: [attachment('x.xml', '<b/>')] });
      judge(t, twice, 2, `${name}, twice`);
      const [first, second] = verifyPades(twice).signatures;
      t.match([first, second], [{ coversFile: false, revisionLength: once.length }, { coversFile: true }]);
    }
  }
});

t.test('real PDFs can be signed', async (t) => {
  const vectors = projectFile('..', 'shared', 'vectors', 'nemid', 'pdf-validator', 'valid');
  if (!existsSync(vectors)) {
    t.pass('real PDFs', { skip: 'the vectors are not here' });
    return;
  }
  for (const name of ['PDF_output_from_OO_Writer.pdf', 'PDF_output_from_Word.pdf', 'PDF_validates1.pdf']) {
    judge(t, await sign(readFileSync(join(vectors, name)), { page, timestamper }), 1, name);
  }
});

t.test('linearized files can be signed', async (t) => {
  const qpdf = tool(t, 'qpdf');
  if (!qpdf) return;
  const input = save(await makePdf(3), 'plain.pdf');
  const output = join(folder, 'linear.pdf');
  for (const mode of ['generate', 'disable']) {
    run(qpdf, ['--linearize', `--object-streams=${mode}`, input, output]);
    judge(t, await sign(readFileSync(output), { page }), 1, `linearized, ${mode}`);
  }
});

t.test('the CMS verifies with openssl over the byte range', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const root = `-----BEGIN CERTIFICATE-----\n${Buffer.from(pki.root.certificate.der).toString('base64')}\n-----END CERTIFICATE-----\n`;
  for (const input of [{}, { timestamper }]) {
    const signed = await sign(await makePdf(1), { page, ...input });
    const text = Buffer.from(signed).toString('latin1');
    const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)/.exec(text)?.slice(1).map(Number) ?? [];
    const [a = 0, b = 0, c = 0] = range;
    const cms = Buffer.from(text.slice(a + 1, b - 1), 'hex');
    const content = Buffer.concat([signed.subarray(0, a), signed.subarray(b, b + c)]);
    const result = run(openssl, [
      ...['cms', '-verify', '-binary', '-inform', 'DER', '-purpose', 'any', '-attime', '1772366400'],
      ...['-in', save(cms, 'cms.der'), '-content', save(content, 'content.bin')],
      ...['-CAfile', save(Buffer.from(root), 'root.pem'), '-out', join(folder, 'null.bin')],
    ]);
    t.equal(result.code, 0, result.output);
  }
});

t.test('signature, field and page have what the standard asks for', async (t) => {
  const pdf = await makePdf(2);
  const signed = await sign(pdf, { page, timestamper, reason: 'Forsegling (æ)', location: 'Aarhus' });
  const [signature] = verifyPades(signed).signatures;
  t.match(signature, {
    fieldName: 'Seal1',
    subFilter: 'ETSI.CAdES.detached',
    coversFile: true,
    signerName: 'Segl test',
    reason: 'Forsegling (æ)',
    signingTime: TEST_TIME,
  });
  t.same(
    signature?.cms?.timestamps.map(({ genTime }) => genTime),
    [TEST_TIME],
  );
  t.ok(signature?.cms?.certificates.some((der) => Buffer.from(pki.root.certificate.der).equals(der)));
  const document = PdfDocument.open(signed);
  const pages = [...document.pages()];
  t.equal(pages.length, 2 + page.pages.length);
  t.equal(pages[2]?.dict.get('Rotate'), 0, 'nothing is inherited by the new page');
  const ids = document.array(document.xref.trailer.get('ID'), 'ID');
  const again = PdfDocument.open(await sign(signed));
  const newer = again.array(again.xref.trailer.get('ID'), 'ID');
  const hex = (value: unknown) =>
    value instanceof PdfString ? Buffer.from(value.bytes).toString('hex') : '';
  t.equal(hex(newer[0]), hex(ids[0]), 'the first half of the id stays');
  t.not(hex(newer[1]), hex(ids[1]), 'the second half is renewed');
  for (const line of Buffer.from(signed.subarray(pdf.length))
    .toString('latin1')
    .match(/\d{10} \d{5} n[^]{2}/g) ?? []) {
    if (line.length !== 20) t.fail('an entry of the cross-reference is not 20 bytes');
  }
});

t.test('attachments come back byte for byte, next to those that were there', async (t) => {
  const { 'indirect form, fields and annotations': pdf = new Uint8Array() } = await shapes();
  const big = Buffer.alloc(300_000, 'YWJjZGVmZ2g=');
  const signed = await sign(pdf, {
    attachments: [
      attachment('x.xml', '<a/>'),
      attachment('Underskrift – Åse.xml', '<b/>'),
      { ...attachment('c.bin', ''), bytes: big },
    ],
  });
  const found = readAttachments(signed);
  t.same(found.map(({ name }) => name).sort(), [
    'Underskrift – Åse.xml',
    'c.bin',
    'old',
    'old',
    'old',
    'x (2).xml',
  ]);
  const one = found.find(({ name }) => name.startsWith('Underskrift'));
  t.match(one, {
    description: 'LTV-SDO: Åse Møller',
    mimeType: 'application/x-ltv-sdo',
    modified: TEST_TIME,
  });
  t.ok(Buffer.from('<b/>').equals(one?.bytes ?? new Uint8Array()));
  t.ok(big.equals(found.find(({ name }) => name === 'c.bin')?.bytes ?? new Uint8Array()));
  const pdfdetach = tool(t, 'pdfdetach');
  if (pdfdetach) t.match(run(pdfdetach, ['-list', save(signed)]).output, /6 embedded files/);
});

t.test('a signature larger than the reserve gets more room', async (t) => {
  const chain = Array.from({ length: 30 }, () => [...pki.signerKey.chain]).flat();
  const signed = await sign(await makePdf(1), { key: { ...pki.signerKey, chain } });
  const text = Buffer.from(signed).toString('latin1');
  t.ok((/\/Contents <([0-9a-f]+)>/.exec(text)?.[1]?.length ?? 0) > 2 * 16384);
  judge(t, signed, 1, 'large CMS');
});

t.test('the same input gives the same bytes', async (t) => {
  const pdf = await makePdf(1);
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  t.equal(digest(await sign(pdf, { page })), digest(await sign(pdf, { page })));
});

t.test('a certified file is refused', async (t) => {
  const certified = writePdf({ ...SMALL, 1: '<</Type /Catalog /Pages 2 0 R /Perms <</DocMDP <<>>>>>>' });
  await t.rejects(sign(certified), { code: 'PDF_CERTIFIED' });
});

t.test('any changed byte is detected', async (t) => {
  const signed = Buffer.from(
    await sign(await makePdf(1), { timestamper, attachments: [attachment('x.xml', '<a/>')] }),
  );
  const text = signed.toString('latin1');
  const gap = text.indexOf('/Contents <') + 11;
  const end = text.indexOf('>', gap);
  const cms = Buffer.from(text.slice(gap, end), 'hex');
  const cmsEnd = gap + 2 * (cms.findLastIndex((byte) => byte !== 0) + 1);
  const missed: number[] = [];
  for (let at = 0; at < signed.length; at += every(7)) {
    // all that is signed and where the gap begins and ends; the reserve at a stride
    const inGap = at >= gap && at < end;
    if (inGap && at < cmsEnd) continue;
    if (inGap && at % 997 !== 0) continue;
    const byte = signed[at] ?? 0;
    signed[at] = byte ^ 1;
    try {
      verifyPades(signed);
      missed.push(at);
    } catch (error) {
      if ((error as Error).name !== 'SeglError') throw error;
    }
    signed[at] = byte;
  }
  t.same(missed, [], 'every change of signed bytes and of the reserve is refused');
  t.equal(verifyPades(signed).signatures.length, 1, 'and undone it verifies again');
  // within the CMS: signature and signed attributes
  const signature = verifyPades(signed).seal.certificate;
  const certificateAt = cms.indexOf(signature);
  for (const offset of [4, certificateAt + 40, certificateAt + 300]) {
    const at = gap + 2 * offset;
    const byte = signed[at] ?? 0;
    signed[at] = byte === 0x30 ? 0x31 : 0x30;
    t.throws(() => verifyPades(signed), `byte ${offset} of the CMS`);
    signed[at] = byte;
  }
  t.throws(() => verifyCms(cms, Buffer.alloc(32)), { code: 'CMS_INVALID' });
});

t.test('forgeries are refused', async (t) => {
  const pdf = await makePdf(1);
  const signed = Buffer.from(await sign(pdf));
  const text = signed.toString('latin1');
  const refuse = (change: string | Uint8Array, why: RegExp): void => {
    const bytes = typeof change === 'string' ? Buffer.from(change, 'latin1') : change;
    t.throws(() => verifyPades(bytes), { code: 'PADES_INVALID', message: why }, String(why));
  };
  refuse(pdf, /no signature/);
  refuse(Buffer.concat([signed, Buffer.from('\n')]), /appended/);
  const [, a, b, c] = /\/ByteRange \[0 (\d+) (\d+) (\d+)/.exec(text) ?? [];
  const range = (replacement: string): string =>
    text.replace(
      /\/ByteRange \[[^\]]*\]/,
      (whole) => `/ByteRange [${replacement.padEnd(whole.length - 13)}]`,
    );
  refuse(range(`1 ${a} ${b} ${c}`), /first byte/);
  refuse(range(`0 ${a} ${b} 0`), /fit the file/);
  refuse(range(`0 ${Number(a) - 8} ${b} ${c}`), /something else/);
  refuse(range(`0 ${a} ${Number(b) + 8} ${Number(c) - 8}`), /something else/);
  refuse(range(`0 ${a} ${b} ${Number(c) + 5}`), /fit the file/);
  refuse(range(`0 ${a} ${b}`), /four numbers/);
  refuse(range(''), /four numbers/);
  refuse(text.replace('/Contents <30', '/Contents < 3'), /hexadecimal/);
  refuse(text.replace('/Contents <', '/Contemts <'), /hexadecimal string/);
  refuse(text.replace('00000000>', '00000001>'), /followed by other data/);
  refuse(text.replace('ETSI.CAdES.detached', 'adbe.pkcs7.detached'), /form/);
  // an unsigned update after the signature, itself a sound PDF
  const resigned = Buffer.from(
    await sign(signed, { attachments: [attachment('evil.xml', '<e/>')] }),
  ).toString('latin1');
  refuse(resigned.replace(/(\/V )\d+( 0 R\n\/F)(?![^]*\/V )/, '$1999$2'), /appended/);
});

t.test('an earlier signature that does not hold is told, and the last one decides', async (t) => {
  const signed = Buffer.from(await sign(await makePdf(1)));
  const text = signed.toString('latin1');
  const cases: [string, RegExp, RegExp][] = [
    ['its CMS', /(?<=\/Contents <[0-9a-f]{2000})../, /.+/],
    ['its byte range', /(?<=\/ByteRange \[0 )\d+/, /byte-range-(gap|outside)/],
    ['its contents', /(?<=\/Contents <)30/, /unexpected-tag/],
  ];
  for (const [what, place, why] of cases) {
    const broken = text.replace(place, (whole) => '9'.repeat(whole.length));
    t.throws(() => verifyPades(Buffer.from(broken, 'latin1')), { code: 'PADES_INVALID' }, `${what}, alone`);
    const resigned = await sign(Buffer.from(broken, 'latin1'), { timestamper });
    const [earlier, last, ...more] = verifyPades(resigned).signatures;
    t.match(earlier, { fieldName: 'Seal1', coversFile: false, problem: { code: why }, cms: undefined }, what);
    t.match(last, { fieldName: 'Seal2', coversFile: true, problem: undefined }, what);
    t.equal(more.length, 0);
    // the same damage to the last signature, or behind it, stays a damage
    const doubled = Buffer.from(resigned).toString('latin1');
    const at = doubled.lastIndexOf('/Contents <') + 11;
    t.throws(
      () => verifyPades(Buffer.from(`${doubled.slice(0, at)}99${doubled.slice(at + 2)}`, 'latin1')),
      { code: 'PADES_INVALID' },
      what,
    );
    t.throws(
      () => verifyPades(Buffer.concat([resigned, Buffer.from('\n')])),
      { code: 'PADES_INVALID' },
      what,
    );
  }
});

t.test('a broken signature that is added behind the last one does not hide behind it', async (t) => {
  const signed = await sign(await makePdf(1));
  const twice = Buffer.from(await sign(signed)).toString('latin1');
  const at = twice.lastIndexOf('/ByteRange [0 ') + '/ByteRange [0 '.length;
  const forged = `${twice.slice(0, at)}9${twice.slice(at + 1)}`;
  t.throws(() => verifyPades(Buffer.from(forged, 'latin1')), { code: 'PADES_INVALID' });
});
