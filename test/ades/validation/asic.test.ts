/** ASiC-E containers: the seal over all files, then each file that is signed by itself. */
import t from 'tap';
import { ASIC_SIGNATURES, writeContainer } from '@segl/ades/asic/container';
import { readZip } from '@segl/ades/asic/unzip';
import { writeZip, type ZipEntry } from '@segl/ades/asic/zip';
import { MAX_REFERENCES } from '@segl/ades/xml/xmldsig';
import { textReport } from '@segl/ades/validation/reports/text-report';
import { validateFile } from '@segl/ades/validation/validate';
import { SMALL, writePdf } from '../../support/pdf/pdf.ts';
import { concluded, createFiles, MADE } from '../../support/signatures/validation.ts';
import { tell } from '../../support/signatures/tell.ts';

const files = createFiles();
const xades = await files.xades('LT');
const container = await writeContainer(
  [
    { name: 'documents/plain.pdf', mimeType: 'application/pdf', bytes: writePdf(SMALL) },
    { name: 'sealed/sealed.pdf', mimeType: 'application/pdf', bytes: await files.pades('LTA') },
    { name: 'signed.xml', mimeType: 'application/xml', bytes: xades },
    // a seal has as many references as there are files
    ...Array.from({ length: MAX_REFERENCES }, (_, index) => ({
      name: `validation/ocsp-${index}.der`,
      mimeType: 'application/ocsp-response',
      bytes: Buffer.from([index]),
    })),
    { name: 'history.json', mimeType: 'application/json', bytes: Buffer.from('{}') },
  ],
  { key: files.world.signer('P-256', 'Seal'), signingTime: MADE, services: files.world.services },
);
const entries = readZip(container);
const changed = (name: string, change: (bytes: Uint8Array) => Uint8Array): Uint8Array =>
  writeZip(entries.map((one) => (one.name === name ? { name, bytes: change(one.bytes) } : one)));
const told = async (zip: Uint8Array): Promise<string> => concluded((await files.validate(zip)).report);

t.test('everything in one report', async (t) => {
  const { report, documents } = await files.validate(container);
  t.equal(concluded(report), 'TOTAL-PASSED', textReport(report, tell));
  t.match(report, { format: 'ASiC-E', signatures: [{ format: 'XAdES', level: 'LTA' }] });
  t.same(
    report.parts.map(({ name, report: part }) => [name, part.format, concluded(part)]),
    [
      ['sealed/sealed.pdf', 'PDF', 'TOTAL-PASSED'],
      ['signed.xml', 'XML', 'TOTAL-PASSED'],
    ],
    'the document that nobody signed is none of them',
  );
  t.same(
    documents.map(({ name, role }) => [name, role]),
    entries
      .map(({ name }) => name)
      .filter((name) => name !== 'mimetype' && !name.startsWith('META-INF/'))
      .map((name) => [name, 'member']),
  );
});

t.test('what was changed is found', async (t) => {
  const other = (): Uint8Array => Buffer.from('{"x":1}');
  t.equal(await told(changed('history.json', other)), 'TOTAL-FAILED/HASH_FAILURE', 'a file');
  const without = (name: string): ZipEntry[] => entries.filter((one) => one.name !== name);
  t.equal(await told(writeZip(without('history.json'))), 'INDETERMINATE/SIGNED_DATA_NOT_FOUND', 'taken away');
  const more = { name: 'documents/more.txt', bytes: Buffer.from('x') };
  t.equal(await told(writeZip([...entries, more])), 'INDETERMINATE/SIG_CONSTRAINTS_FAILURE', 'put in');
  t.equal(await told(writeZip(without(ASIC_SIGNATURES))), 'INDETERMINATE/GENERIC', 'without its seal');
  t.equal(await told(container.subarray(0, -9)), 'TOTAL-FAILED/FORMAT_FAILURE', 'cut off');
  t.equal(
    await told(writeZip([{ name: 'word/document.xml', bytes: xades }])),
    'INDETERMINATE/GENERIC',
    'another ZIP',
  );
});

t.test('signatures are in files of META-INF itself that are named so', async (t) => {
  const small = await writeContainer([{ name: 'a.txt', mimeType: 'text/plain', bytes: Buffer.from('a') }], {
    key: files.world.signer('P-256', 'Seal'),
    signingTime: MADE,
    services: files.world.services,
  });
  const named = (name: string): Uint8Array =>
    writeZip(readZip(small).map((one) => (one.name === ASIC_SIGNATURES ? { ...one, name } : one)));
  const count = async (name: string): Promise<number> =>
    (await files.validate(named(name))).report.signatures.length;
  for (const name of ['META-INF/signatures.xml', 'META-INF/my-signatures-1.xml', 'META-INF/SIGNATURES.XML'])
    t.equal(await count(name), 1, name);
  for (const name of [
    'META-INF/signature.xml',
    'META-INF/signatures.xml.p7s',
    'META-INF/signatures-xml',
    'META-INF/old/signatures.xml',
    'META-INF/signatures/1.xml',
    'old/META-INF/signatures.xml',
  ])
    t.equal(await count(name), 0, name);
});

t.test('a second opinion is asked about every XML signature, by the ids of the whole file', async (t) => {
  const { world } = files;
  const trust = { signers: [world.anchor], seal: [world.anchor], tsa: [world.anchor] };
  const { xml } = await validateFile({ bytes: xades, trust, at: MADE });
  t.same(xml, [{ bytes: xades, ids: ['signature-1'] }]);
  const whole = await validateFile({ bytes: container, trust, at: MADE });
  t.same(whole.xml, [{ bytes: xades, ids: ['part-2-signature-1'] }]);
});
