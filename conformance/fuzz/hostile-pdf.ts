/** PDFs that are well-formed piece by piece, and made to take memory or time without end. */
import { deflateSync } from 'node:zlib';
import { writePdf } from '../../test/support/pdf/pdf.ts';

const stream = (entries: string, data: Buffer): string =>
  `<<${entries} /Length ${data.length}>>\nstream\n${data.toString('latin1')}\nendstream`;

const CATALOG = '<</Type /Catalog /Pages 2 0 R>>';
const PAGE = '<</Type /Page /Parent 2 0 R>>';
const PAGES = '<</Type /Pages /Kids [3 0 R] /Count 1>>';

/** A file with nothing but a cross-reference stream. */
function xrefStream(dict: string, data: Buffer): Buffer {
  const head = '%PDF-1.7\n';
  const object = `9 0 obj\n${stream(`/Type /XRef /Root 1 0 R ${dict}`, data)}\nendobj\n`;
  return Buffer.from(`${head}${object}startxref\n${head.length}\n%%EOF\n`, 'latin1');
}

/** Objects of which each holds the next twice. */
const doubling = (key: string, from: number, count: number): Record<number, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      from + at,
      `<<${key} [${from + at + 1} 0 R ${from + at + 1} 0 R]>>`,
    ]),
  );

/** Object streams that unfold to `size` bytes each; the catalog needs all of them. */
function unfolding(count: number, content: (number: number) => Buffer): Buffer {
  const head = '%PDF-1.7\n';
  let text = `${head}1 0 obj\n<</Type /Catalog /Pages 2 0 R /All [${Array.from({ length: count }, (_, at) => `${100 + at} 0 R`).join(' ')}]>>\nendobj\n2 0 obj\n${PAGES}\nendobj\n3 0 obj\n${PAGE}\nendobj\n`;
  const rows: [number, number, number, number][] = [
    [1, 1, text.indexOf('1 0 obj'), 0],
    [2, 1, text.indexOf('2 0 obj'), 0],
    [3, 1, text.indexOf('3 0 obj'), 0],
  ];
  for (let at = 0; at < count; at++) {
    const data = content(100 + at);
    rows.push([1000 + at, 1, text.length, 0], [100 + at, 2, 1000 + at, 0]);
    text += `${1000 + at} 0 obj\n${stream(`/Type /ObjStm /N 1 /First 16 /Filter /FlateDecode`, deflateSync(data))}\nendobj\n`;
  }
  const start = text.length;
  const index = rows.map(([number]) => `${number} 1`).join(' ');
  const table = Buffer.concat(
    rows.map(([, type, second, third]) => {
      const row = Buffer.alloc(7);
      row.writeUInt8(type, 0);
      row.writeUInt32BE(second, 1);
      row.writeUInt16BE(third, 5);
      return row;
    }),
  );
  text += `5000 0 obj\n${stream(`/Type /XRef /Root 1 0 R /Size 5001 /W [1 4 2] /Index [${index}]`, table)}\nendobj\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

const member = (number: number, size: number): Buffer =>
  Buffer.concat([Buffer.from(`${number} 0`.padEnd(16)), Buffer.from('null'), Buffer.alloc(size, 0x20)]);

export const hostilePdfs: Readonly<Record<string, () => Uint8Array>> = {
  'object streams that unfold to 640 MB': () => unfolding(10, (number) => member(number, 64 << 20)),
  'an object stream of 64 MB in a hundred names': () => unfolding(100, (number) => member(number, 4 << 20)),
  'a cross-reference stream of two million entries': () =>
    xrefStream('/Size 2000000 /W [1 1 1] /Filter /FlateDecode', deflateSync(Buffer.alloc(6_000_000, 1))),
  'a cross-reference stream of a hundred million entries': () =>
    xrefStream('/Size 100000000 /W [0 1 0] /Filter /FlateDecode', deflateSync(Buffer.alloc(60_000_000, 1))),
  'a cross-reference stream deflated four times': () => {
    let data: Buffer = Buffer.alloc(60_000_000);
    for (let round = 0; round < 4; round++) data = deflateSync(data);
    return xrefStream(
      '/Size 9 /W [1 1 1] /Filter [/FlateDecode /FlateDecode /FlateDecode /FlateDecode]',
      data,
    );
  },
  'ten thousand cross-reference sections': () => {
    let text = Buffer.from(writePdf({ 1: CATALOG, 2: PAGES, 3: PAGE })).toString('latin1');
    let previous = text.lastIndexOf('xref\n0');
    for (let section = 0; section < 9_900; section++) {
      const at = text.length;
      text += `xref\n0 0\ntrailer\n<</Size 6 /Root 1 0 R /Prev ${previous}>>\nstartxref\n${at}\n%%EOF\n`;
      previous = at;
    }
    return Buffer.from(text, 'latin1');
  },
  'pages that hold pages twice, forty deep': () =>
    writePdf({
      1: '<</Type /Catalog /Pages 10 0 R>>',
      ...doubling('/Type /Pages /Count 1 /Kids', 10, 40),
      50: PAGE,
    }),
  'fields that hold fields twice, forty deep': () =>
    writePdf({
      1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R]>>>>',
      2: PAGES,
      3: PAGE,
      ...doubling('/Kids', 10, 40),
      50: '<</FT /Tx>>',
    }),
  'names that hold names twice, forty deep': () =>
    writePdf({
      1: '<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles 10 0 R>>>>',
      2: PAGES,
      3: PAGE,
      ...doubling('/Kids', 10, 40),
      50: '<</Names []>>',
    }),
  'arrays a million deep': () =>
    writePdf({ 1: CATALOG, 2: PAGES, 3: PAGE, 4: `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}` }),
  'a million empty dictionaries': () =>
    writePdf({ 1: CATALOG, 2: PAGES, 3: `<</Type /Page /Parent 2 0 R /X [${'<<>>'.repeat(1_000_000)}]>>` }),
  'a million empty strings': () =>
    writePdf({ 1: CATALOG, 2: PAGES, 3: `<</Type /Page /Parent 2 0 R /X [${'()'.repeat(1_000_000)}]>>` }),
  'a stream as long as itself': () =>
    writePdf({
      1: CATALOG,
      2: PAGES,
      3: '<</Type /Page /Parent 2 0 R /Contents 4 0 R>>',
      4: '<</Length 4 0 R>>\nstream\n\nendstream',
    }),
  'two thousand signatures': () => {
    const fields = Array.from({ length: 2000 }, (_, at) => 100 + at);
    return writePdf({
      1: `<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [${fields.map((number) => `${number} 0 R`).join(' ')}]>>>>`,
      2: PAGES,
      3: PAGE,
      ...Object.fromEntries(
        fields.map((number) => [
          number,
          `<</FT /Sig /T (s${number}) /V <</Type /Sig /SubFilter /ETSI.CAdES.detached /ByteRange [0 9 99 9] /Contents <00>>>>>`,
        ]),
      ),
    });
  },
};
