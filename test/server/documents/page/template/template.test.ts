import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Problem } from '@segl/problem/problem';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import t from 'tap';
import type { PictureUnusable } from '@segl/server/documents/page/drawing/image';
import { MAX_IMAGE_SIDE, readImage } from '@segl/server/documents/page/drawing/image';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import { parsePadesTemplate } from '@segl/server/documents/page/template/template-parse';
import { loadTemplate } from '@segl/server/documents/page/template/template';
import { isSeglError } from '@segl/problem/errors';
import { projectFile } from '@segl/server/paths';
import {
  about,
  pageData,
  pageSigner,
  qrCodeOn,
  SIGNED_AT,
  pdfOf,
} from '../../../../support/pdf/signed-page.ts';
import { run, tool } from '../../../../support/tools.ts';

const NAMES = ['standard', 'classic', 'compact'];
const standard = await loadTemplate('standard');
const source = readFileSync(projectFile('templates', 'pades', 'standard', 'template.json'), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'segl-template-'));
t.teardown(() => rmSync(folder, { recursive: true }));

type Json = Record<string, Record<string, unknown>>;
let made = 0;

/** A folder of templates with the standard one, changed, under a name of its own. */
function own(change: (json: Json) => unknown, files: Readonly<Record<string, Uint8Array>> = {}): string {
  const name = `own-${++made}`;
  cpSync(projectFile('templates', 'pades', 'standard'), join(folder, name), { recursive: true });
  const json = JSON.parse(source) as Json;
  change(json);
  writeFileSync(join(folder, name, 'template.json'), JSON.stringify(json, undefined, 2));
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, name, file), bytes);
  return name;
}

/** A PNG of 8-bit RGBA. */
function png(width: number, height: number, pixel: readonly [number, number, number, number]): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const row = Buffer.from([0, ...Array.from({ length: width }, () => pixel).flat()]);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

t.test(
  'the QR code of every template leads to the page that verifies files, and says nothing else',
  async (t) => {
    const pdftoppm = tool(t, 'pdftoppm');
    if (!pdftoppm) return;
    for (const name of NAMES) {
      const template = await loadTemplate(name);
      const page = renderSignaturePage(template, pageData());
      t.equal(qrCodeOn(folder, pdfOf(page), pdftoppm), 'https://sign.example/verify', name);
      const { verifyUrl: _, ...without } = pageData();
      const none = renderSignaturePage(template, without);
      t.equal(qrCodeOn(folder, pdfOf(none), pdftoppm), undefined, `${name} without an address`);
    }
  },
);

t.test('a page for each document, with its own signers and its own trail', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const documents = ['Lease', 'Annex'].map((title, index) => ({
    title,
    sha256: `${index}`.repeat(64),
    mimeType: 'application/pdf',
    attachedAs: `document-${index + 1}.pdf`,
  }));
  const signers = [
    pageSigner('Åse'),
    pageSigner('Åse', { documentIndex: 1 }),
    pageSigner('Bo', { identifier: 'X' }),
  ];
  const events = [
    { at: SIGNED_AT, type: 'started-transaction', signer: 'Åse' },
    { at: SIGNED_AT, type: 'signature-created', signer: 'Åse', documentIndex: 0 },
    { at: SIGNED_AT, type: 'signer-filled-form', signer: 'Åse', documentIndex: 1 },
    { at: SIGNED_AT, type: 'never-heard-of', signer: 'Åse' },
  ];
  const data = pageData({ documents, signers, events });
  const page = renderSignaturePage(await loadTemplate('classic'), data);
  const pages = about(folder, pdfOf(page), pdftotext, '-layout').split('\f').slice(0, page.pages.length);
  t.equal(pages.length, 3);
  const [summary = '', lease = '', annex = ''] = pages;
  t.equal(summary.match(/Åse/g)?.length, 1, 'one card for a signer of two documents');
  t.match(summary, /Lease \(document-1.pdf\) +20 November 2026.*\s+Annex \(document-2.pdf\) +20 November/);
  t.notMatch(summary, 'Audit trail', 'it is told with each document');
  t.match(lease, /Document 1 of 2\s+Lease\s/);
  t.match(lease, /0{64}[^]*Åse[^]*Bo[^]*Audit trail[^]*Opened the task[^]*Signed/);
  t.notMatch(lease, /Filled in|never-heard-of/);
  t.match(annex, /Document 2 of 2\s+Annex\s/);
  t.match(annex, /1{64}[^]*Åse[^]*Opened the task[^]*Filled in the form/);
  t.notMatch(annex, 'Bo');
  t.notMatch(
    pages.join(''),
    /20112026abcdefghij[^]*20112026abcdefghij[^]*20112026abcdefghij[^]*2011/,
    'the watermark is no text',
  );

  const alone = renderSignaturePage(await loadTemplate('classic'), pageData({ events }));
  t.match(about(folder, pdfOf(alone), pdftotext, '-layout'), 'Audit trail', 'one document: all on one page');
  const many = Array.from({ length: 500 }, () => events[1]!);
  const long = renderSignaturePage(await loadTemplate('classic'), pageData({ events: many }));
  const text = about(folder, pdfOf(long), pdftotext, '-layout');
  t.match(text, '… and 200 more events');
  t.equal(
    text.match(/Time +Event +Signer/g)?.length,
    long.pages.length,
    'the head of the table is on every page',
  );
});

t.test('a template of a folder of its own: logo, watermark, words, zone of time', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  const pdfimages = tool(t, 'pdfimages');
  if (!pdftotext || !pdfimages) return;
  const name = own(
    (json) => {
      json['logo'] = { file: 'logo.png', width: 100, height: 20, at: 'right', profile: true };
      json['watermark'] = { file: 'mark.png', width: 200 };
      Object.assign(json, { timeZone: 'Asia/Tokyo', brand: '{sealedBy} – {signerCount}' });
      json['texts'] = { en: { heading: 'Signed {title}', note: 'Paid: {title} {{title}}', signed: 'OK' } };
      Object.assign(json, { sections: ['heading', 'signers', 'note', 'seal'] });
    },
    { 'logo.png': png(40, 20, [255, 0, 0, 128]), 'mark.png': png(30, 30, [240, 240, 240, 255]) },
  );
  const template = await loadTemplate(name, folder);
  const page = renderSignaturePage(template, pageData({ title: 'a {url} b' }));
  const text = about(folder, pdfOf(page), pdftotext, '-layout');
  t.match(text, 'Signed a {url} b', 'what a value holds is left as it is');
  t.match(text, 'Paid: a {url} b {a {url} b}');
  t.match(text, 'Nordisk Ejendomsadministration A/S – 1');
  t.match(text, '21 November 2026, 02:44:05 UTC+09:00');
  t.match(about(folder, pdfOf(page), pdfimages, '-list'), /30 +30 +rgb[^]*40 +20 +rgb/);
  const profile = await readImage(join(folder, name, 'mark.png'));
  const branded = renderSignaturePage(template, pageData({ logo: profile }));
  t.notMatch(
    about(folder, pdfOf(branded), pdfimages, '-list'),
    /40 +20 +rgb/,
    "the profile's logo is in its place",
  );
  t.equal(await loadTemplate(name, folder), template, 'read once');
  await t.rejects(loadTemplate(name), { code: 'PADES_TEMPLATE_INVALID' }, 'not among those that ship');
});

t.test(
  'transparent parts of a picture become white; JPEG is taken as it is; others are refused',
  async (t) => {
    const file = join(folder, 'half.png');
    writeFileSync(file, png(2, 1, [255, 0, 0, 128]));
    const half = await readImage(file);
    t.match(half, { width: 2, height: 1, colorSpace: 'DeviceRGB', filter: 'FlateDecode' });
    t.same([...inflateSync(half.bytes)], [255, 127, 127, 255, 127, 127]);
    const pdftoppm = tool(t, 'pdftoppm');
    if (pdftoppm) {
      writeFileSync(file, pdfOf(renderSignaturePage(standard, pageData())));
      run(pdftoppm, ['-r', '10', '-jpeg', '-singlefile', file, join(folder, 'photo')]);
      const photo = await readImage(join(folder, 'photo.jpg'));
      t.match(photo, { width: 83, height: 117, colorSpace: 'DeviceRGB', filter: 'DCTDecode' });
      t.ok(Buffer.from(photo.bytes).equals(readFileSync(join(folder, 'photo.jpg'))));
    }
    const big = png(1, 1, [0, 0, 0, 255]);
    big.writeUInt32BE(MAX_IMAGE_SIDE + 1, 16);
    for (const [bytes, why] of [
      [big, 'picture/too-many-pixels'],
      [Buffer.from('\x89PNG\r\n\x1a\nnothing of a picture'), 'picture/neither'],
      [Buffer.from('<svg/>'), 'picture/neither'],
      [Buffer.alloc(0), 'picture/neither'],
    ] as const) {
      writeFileSync(file, bytes);
      const refused = (await readImage(file).catch((error: unknown) => error)) as PictureUnusable;
      t.equal(refused.why.code, why);
    }
  },
);

t.test('a mistake is told by template, field and line', async (t) => {
  const refuse = async (where: string, why: RegExp, change: (json: Json) => unknown): Promise<void> => {
    const name = own(change);
    const error: unknown = await loadTemplate(name, folder).catch((error: unknown) => error);
    if (!isSeglError(error)) {
      t.fail(`${where} is not refused`);
      return;
    }
    t.equal(error.code, 'PADES_TEMPLATE_INVALID');
    t.equal(error.params['template'], name);
    const file = join(folder, name, 'template.json');
    const told = error.params['where'] as Problem;
    t.match(told, { code: 'template/in-line', params: { where: { params: { path: where } }, file } }, where);
    t.match(error.text, why);
    const line = readFileSync(file, 'utf8').split('\n')[Number(told.params['line']) - 1];
    const [last = ''] = where.split('.').slice(-1);
    const [above = ''] = where.split('.').slice(-2);
    const isMissing = (error.params['why'] as Problem).code === 'template/field-missing';
    t.match(line, isMissing ? `"${above}"` : `"${last}"`, 'the line');
  };
  await refuse('extra', /is not a field/, (json) => (json['extra'] = {}));
  await refuse('sizes.heading', /is missing/, (json) => {
    delete json['sizes']?.['heading'];
  });
  await refuse('colors.ink', /must be a color/, (json) =>
    Object.assign(json['colors'] ?? {}, { ink: 'blue' }),
  );
  await refuse('fonts.mono', /DejaVu/, (json) => Object.assign(json['fonts'] ?? {}, { mono: '../../x' }));
  await refuse('sections', /must contain seal/, (json) => Object.assign(json, { sections: ['heading'] }));
  await refuse('sections', /may hold/, (json) => Object.assign(json, { sections: ['seal', 'x'] }));
  await refuse('sections', /twice/, (json) => Object.assign(json, { sections: ['seal', 'seal'] }));
  await refuse('page.margin', /too little room/, (json) => Object.assign(json['page'] ?? {}, { width: 200 }));
  await refuse('brand', /must be a text/, (json) => Object.assign(json, { brand: 7 }));
  await refuse(
    'texts.da.heading',
    /field \{name\}/,
    (json) => (json['texts'] = { da: { heading: '{name}' } }),
  );
  await refuse('texts.da.heading', /must be a text/, (json) => (json['texts'] = { da: { heading: null } }));
  await refuse('texts.da.events', /must be an object/, (json) => (json['texts'] = { da: { events: [] } }));
  await refuse('texts.fr', /is not a field/, (json) => (json['texts'] = { fr: {} }));
  await refuse('layout.columns', /must be 1 or 2/, (json) =>
    Object.assign(json['layout'] ?? {}, { columns: 3 }),
  );
  await refuse('qrCode.size', /points from 36/, (json) => Object.assign(json['qrCode'] ?? {}, { size: 3 }));
  await refuse('logo.file', /PNG or JPEG/, (json) =>
    Object.assign(json['logo'] ?? {}, { file: '../logo.png' }),
  );
  await refuse('logo.file', /cannot be read/, (json) =>
    Object.assign(json['logo'] ?? {}, { file: 'no.png' }),
  );
  await refuse('logo.file', /neither PNG/, (json) => {
    Object.assign(json['logo'] ?? {}, { file: 'x.png' });
    mkdirSync(join(folder, `own-${made}`), { recursive: true });
    writeFileSync(join(folder, `own-${made}`, 'x.png'), 'x');
  });
  await refuse(
    'watermark.color',
    /must be a color/,
    (json) => (json['watermark'] = { text: 'a', color: 'red', size: 9 }),
  );
  await refuse(
    'watermark.text',
    /field \{page\}/,
    (json) => (json['watermark'] = { text: '{page}', color: '#eeeeee', size: 9 }),
  );
  await refuse('timeZone', /IANA/, (json) => Object.assign(json, { timeZone: 'Mars/Olympus' }));
  await refuse(
    'documentPages.sections',
    /may hold/,
    (json) => (json['documentPages'] = { sections: ['seal'] }),
  );

  writeFileSync(join(folder, 'own-1', 'template.json'), source.replace('"page"', 'page'));
  cpSync(join(folder, 'own-1'), join(folder, 'broken'), { recursive: true });
  const line = source.split('\n').findIndex((text) => text.includes('"page"')) + 1;
  const paramsOf = (name: string): Promise<unknown> =>
    loadTemplate(name, folder).then(
      () => undefined,
      (error: unknown) => (isSeglError(error) ? { ...error.params, code: error.code } : error),
    );
  t.match(await paramsOf('broken'), {
    template: 'broken',
    where: { params: { where: { code: 'template/line', params: { line } } } },
    why: { code: 'template/not-json' },
  });
  t.match(await paramsOf('../standard'), {
    code: 'PADES_TEMPLATE_INVALID',
    where: { code: 'template/its-name' },
  });
  t.match(await paramsOf('unknown'), {
    where: { code: 'template/its-file' },
    why: { code: 'template/file-missing', params: { file: join('unknown', 'template.json') } },
  });
  t.throws(() => parsePadesTemplate([], standard.texts), { code: 'PADES_TEMPLATE_INVALID' });
});
