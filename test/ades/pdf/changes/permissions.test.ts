/** What certifications and locks permit behind them, as it is judged and as it is heeded when we sign. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { At, PdfSource, text, updated, type Change } from '../../../../conformance/attacks/pdf-source.ts';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { readPades } from '@segl/ades/pades/read';
import { addSignature } from '@segl/ades/pades/sign';
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfName, PdfRef, type PdfValue } from '@segl/ades/pdf/objects';
import { permittedAdditions } from '@segl/ades/pdf/changes/permissions';
import { run, tool } from '../../../support/tools.ts';
import { concluded, createFiles } from '../../../support/signatures/validation.ts';
import { tell } from '../../../support/signatures/tell.ts';

const files = createFiles();
const { world } = files;
const source = new PdfSource(world);
const ref = (number: number): PdfRef => new PdfRef(number);

/** Every field. */
const all = new Map<string, PdfValue>([['Action', new PdfName('All')]]);

const told = async (bytes: Uint8Array): Promise<string> =>
  concluded((await files.validate(bytes, { online: true })).report);

/** What the first signature has against what came behind it. */
const changesOf = (bytes: Uint8Array): string =>
  readPades(bytes)
    .signatures.find(({ fieldName }) => fieldName === 'certification')!
    .changes.map(tell)
    .join('; ');

const comment =
  (subtype: string, more: Record<string, PdfValue> = {}): Change =>
  (update) => {
    const annotation = new Map<string, PdfValue>([
      ['Type', new PdfName('Annot')],
      ['Subtype', new PdfName(subtype)],
      ['Rect', [10, 10, 30, 30]],
      ['Contents', text('Why?')],
      ...Object.entries(more),
    ]);
    update.arrayIn(update.editDict(ref(At.page)), 'Annots').push(update.add(annotation));
  };
const fillIn: Change = (update) => update.editDict(ref(At.textField)).set('V', text('999'));
const sign: Change = (update) => {
  const signature = new Map<string, PdfValue>([
    ['Type', new PdfName('Sig')],
    ['SubFilter', new PdfName('ETSI.CAdES.detached')],
  ]);
  update.editDict(ref(At.emptySignature)).set('V', update.add(signature));
};

t.test('each level permits what it is for', async (t) => {
  const forbids = /, which it forbids$/;
  const permits = /, which it permits$/;
  const changed = /is changed|has a new/;
  for (const [what, change, ...expected] of [
    ['filling in a field', fillIn, changed, permits, permits],
    ['signing an empty field', sign, forbids, /^$/, /^$/],
    ['a note', comment('Text'), changed, changed, permits],
    ['a mark', comment('Highlight'), changed, changed, permits],
    ['a mark that looks as it likes', comment('Highlight', { AP: new Map() }), changed, changed, changed],
    ['a note with an action', comment('Text', { A: new Map() }), changed, changed, changed],
    ['a text over the contract', comment('FreeText'), changed, changed, changed],
  ] as const) {
    for (const [index, pattern] of expected.entries()) {
      const level = (index + 1) as 1 | 2 | 3;
      const bytes = updated(await source.certified(level), change);
      t.match(changesOf(bytes), pattern, `${what}, level ${level}`);
      // a signature that is none is another matter
      if (change === sign) continue;
      const isBorne = pattern === permits;
      t.equal(await told(bytes), isBorne ? 'TOTAL-PASSED' : 'TOTAL-FAILED/FORMAT_FAILURE', what);
    }
  }
  const filled = updated(Buffer.from(await source.sealed('T')), fillIn);
  t.equal(await told(filled), 'TOTAL-FAILED/FORMAT_FAILURE', 'a signature that permits nothing');
});

t.test('locked fields', async (t) => {
  const name = 'amount';
  const listed = (action: string, field: string) =>
    new Map<string, PdfValue>([
      ['Action', new PdfName(action)],
      ['Fields', [text(field)]],
    ]);
  for (const [lock, isLocked] of [
    [all, true],
    [listed('Include', name), true],
    [listed('Include', 'other'), false],
    [listed('Exclude', name), false],
    [listed('Exclude', 'other'), true],
  ] as const) {
    const certified = await source.certified(2, { lock });
    const filled = updated(certified, (update) => {
      update.editDict(ref(At.textField)).set('V', text('999'));
    });
    t.match(changesOf(filled), isLocked ? /was filled in, which it forbids/ : /which it permits/);
  }
  t.match(changesOf(updated(await source.certified(2, { lock: all }), sign)), /was signed, which it forbids/);
});

t.test('validation data and document time-stamps may always come', async (t) => {
  for (const level of [1, 2, 3] as const) {
    const file = IncrementalFile.of(await source.certified(level, { lock: all }));
    await raisePades(file, 'LTA', world.services);
    t.equal(changesOf(file.bytes), '');
    t.equal(await told(file.bytes), 'TOTAL-PASSED');
  }
});

t.test('we add what is permitted, and nothing else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'segl-certified-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const seal = (file: IncrementalFile, bytes?: Uint8Array): Promise<void> =>
    addSignature(file, {
      attachments: bytes
        ? [{ name: 'a.txt', description: '', mimeType: 'text/plain', bytes, modified: world.clock.now() }]
        : [],
      key: source.key,
      signerName: 'Segl',
      signingTime: world.clock.now(),
      timestamper: world.services.timestamp,
    });
  const everything = await source.certified(1);
  const locked = await source.certified(2, { lock: all });
  for (const bytes of [everything, locked]) {
    t.equal(permittedAdditions(PdfDocument.open(bytes)), 'validation-data');
    await t.rejects(seal(IncrementalFile.of(bytes)), { code: 'PDF_CERTIFIED' });
  }
  t.equal(permittedAdditions(PdfDocument.open(await source.sealed('T'))), 'all');
  const pdfsig = tool(t, 'pdfsig');
  for (const level of [2, 3] as const) {
    const certified = await source.certified(level);
    t.equal(permittedAdditions(PdfDocument.open(certified)), 'signatures');
    await t.rejects(seal(IncrementalFile.of(certified), Buffer.from('a')), { code: 'PDF_CERTIFIED' });
    const file = IncrementalFile.of(certified);
    await seal(file);
    await raisePades(file, 'LTA', world.services);
    t.equal(changesOf(file.bytes), '');
    t.equal(await told(file.bytes), 'TOTAL-PASSED', 'both signatures hold');
    if (!pdfsig) continue;
    const path = join(folder, `certified-${level}.pdf`);
    writeFileSync(path, file.bytes);
    t.equal(run(pdfsig, ['-nocert', path]).output.match(/Signature is Valid/g)?.length, 2, 'and for pdfsig');
  }
});
