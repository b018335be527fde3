import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { pdfInputs } from '../../../conformance/inputs.ts';
import { createWorld } from '../../../conformance/world.ts';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades, type PadesLevel } from '@segl/ades/pades/levels';
import { readPades } from '@segl/ades/pades/read';
import { addSignature } from '@segl/ades/pades/sign';
import { verifyPades } from '@segl/ades/pades/verify';
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfName, PdfString, type PdfDict } from '@segl/ades/pdf/objects';
import { permittedAdditions } from '@segl/ades/pdf/changes/permissions';
import { IncrementalUpdate } from '@segl/ades/pdf/update';
import { verifyEvidencePdf } from '@segl/identity/evidence/verify';
import { makePdf } from '../../support/pdf/pdf.ts';
import { run, tool } from '../../support/tools.ts';

const world = createWorld();
const key = world.signer('P-256', 'Sealer');
const trust = { sealAnchors: [world.anchor], tsaAnchors: [world.anchor] };
const folder = mkdtempSync(join(tmpdir(), 'segl-levels-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

async function make(pdf: Uint8Array, level: PadesLevel, renewals = 0): Promise<IncrementalFile> {
  const file = IncrementalFile.of(pdf);
  await addSignature(file, {
    attachments: [],
    key,
    signerName: 'Segl',
    signingTime: world.clock.now(),
    ...(level !== 'B' && { timestamper: world.services.timestamp }),
  });
  if (level === 'LT' || level === 'LTA') await raisePades(file, level, world.services);
  for (let round = 0; round < renewals; round++) await raisePades(file, 'LTA', world.services);
  return file;
}

t.test('every kind of PDF takes every level, and stays the prefix of what comes out', async (t) => {
  const [qpdf, pdfsig] = [tool(t, 'qpdf'), tool(t, 'pdfsig')];
  if (!qpdf || !pdfsig) return;
  for (const [kind, pdf] of await pdfInputs(world, folder)) {
    if (permittedAdditions(PdfDocument.open(pdf)) === 'validation-data') {
      await t.rejects(make(pdf, 'T'), { code: 'PDF_CERTIFIED' }, kind);
      continue;
    }
    for (const level of ['T', 'LT', 'LTA'] as const) {
      const { bytes } = await make(pdf, level);
      t.ok(Buffer.from(bytes.subarray(0, pdf.length)).equals(pdf), `${kind} ${level}: prefix`);
      t.equal(verifyEvidencePdf(bytes, trust).level, level, `${kind} ${level}`);
      const path = join(folder, 'out.pdf');
      writeFileSync(path, bytes);
      t.equal(run(qpdf, ['--check', path]).code, 0, `${kind} ${level}: qpdf`);
      t.match(run(pdfsig, ['-nocert', path]).output, /Signature is Valid/, `${kind} ${level}: pdfsig`);
    }
  }
});

t.test('openssl verifies the document time-stamp over the file', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const { bytes } = await make(await makePdf(1), 'LTA');
  const { signatures, documentStamps } = verifyPades(bytes);
  const stamp = signatures.at(-1)!;
  t.equal(stamp.kind, 'document-time-stamp');
  const text = Buffer.from(bytes).toString('latin1');
  const [, length, next] = /\/ByteRange \[0 (\d+) (\d+) \d+ *\](?![^]*\/ByteRange)/.exec(text)!.map(Number);
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('signed.bin'), Buffer.concat([bytes.subarray(0, length), bytes.subarray(next)]));
  writeFileSync(path('token.der'), documentStamps[0]!.der);
  const pem = (der: Uint8Array): string =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
  writeFileSync(path('root.pem'), pem(world.anchor));
  writeFileSync(path('others.pem'), documentStamps[0]!.certificates.map(pem).join(''));
  const { code, output } = run(openssl, [
    ...['ts', '-verify', '-data', path('signed.bin'), '-in', path('token.der'), '-token_in'],
    ...['-CAfile', path('root.pem'), '-untrusted', path('others.pem')],
  ]);
  t.equal(code, 0, output);
});

t.test('archival files are renewed, again and again', async (t) => {
  const file = await make(await makePdf(1), 'LTA', 3);
  const verified = verifyEvidencePdf(file.bytes, trust);
  t.equal(verified.level, 'LTA');
  t.equal(verified.signatures.filter(({ kind }) => kind === 'document-time-stamp').length, 4);
  const { dss } = readPades(file.bytes);
  t.equal(
    new Set(dss.certificates.map((der) => Buffer.from(der).toString('hex'))).size,
    dss.certificates.length,
  );
});

t.test('every byte of an archival file counts', async (t) => {
  const { bytes } = await make(await makePdf(1), 'LTA');
  const changed = Buffer.from(bytes);
  const missed: number[] = [];
  for (let at = 0; at < changed.length; at += 61) {
    const byte = changed[at]!;
    changed[at] = byte ^ 1;
    try {
      verifyEvidencePdf(changed, trust);
      missed.push(at);
    } catch {
      // refused, as it must be
    }
    changed[at] = byte;
  }
  t.same(missed, []);
});

/** An update by somebody else behind the seal, and a time-stamp over it that is as good as ours. */
async function tampered(
  change: (update: IncrementalUpdate, document: PdfDocument, catalog: PdfDict) => void,
) {
  const file = await make(await makePdf(2), 'LTA');
  const document = PdfDocument.open(file.bytes);
  const update = new IncrementalUpdate(document);
  change(update, document, update.editDict(document.catalog.ref));
  file.append(update.finish(Buffer.alloc(16)).bytes);
  await raisePades(file, 'LTA', world.services);
  return file.bytes;
}

t.test('nothing that a reader sees may change behind the seal, whoever time-stamps it', async (t) => {
  const cases: Record<string, Parameters<typeof tampered>[0]> = {
    'the content of a page': (update, document) => {
      const [page] = document.pages();
      update.editDict(page!.ref).set('Contents', update.add(new Map()));
    },
    'another page tree': (update, document, catalog) => {
      catalog.set('Pages', update.add(new Map(document.pageTree.dict)));
    },
    'an action on opening': (_update, _document, catalog) => {
      catalog.set('OpenAction', new Map([['S', new PdfName('JavaScript')]]));
    },
    'a new annotation': (update, document) => {
      const [page] = document.pages();
      const note = update.add(new Map([['Subtype', new PdfName('FreeText')]]));
      update.arrayIn(update.editDict(page!.ref), 'Annots').push(note);
    },
    'a field of the form': (update, _document, catalog) => {
      const field = update.add(new Map([['FT', new PdfName('Tx')]]));
      update.arrayIn(update.dictIn(catalog, 'AcroForm'), 'Fields').push(field);
    },
    'optional content': (_update, _document, catalog) => {
      catalog.set('OCProperties', new Map());
    },
    'the signature itself': (update, document) => {
      const form = document.dict(document.catalog.dict.get('AcroForm'), '/AcroForm')!;
      const [field] = document.array(form.get('Fields'), '/Fields');
      const dict = document.resolve(field) as PdfDict;
      const value = document.resolve(dict.get('V')) as PdfDict;
      update.put(dict.get('V') as never, new Map([...value, ['Name', new PdfString(Buffer.from('Other'))]]));
    },
  };
  for (const [name, change] of Object.entries(cases)) {
    const bytes = await tampered(change);
    t.throws(() => verifyEvidencePdf(bytes, trust), { code: 'PADES_INVALID' }, name);
    t.ok(
      readPades(bytes).signatures[0]!.changes.length > 0 || readPades(bytes).signatures[0]!.problem,
      `${name}: told`,
    );
  }
  t.equal(
    verifyEvidencePdf(await tampered(() => {}), trust).level,
    'LTA',
    'an update that changes nothing is none',
  );
});

t.test('a revoked or unknown signer is not archived', async (t) => {
  const stranger = createWorld().signer('P-256', 'Stranger');
  const file = IncrementalFile.of(await makePdf(1));
  await addSignature(file, {
    attachments: [],
    key: stranger,
    signerName: 'Stranger',
    signingTime: new Date(),
  });
  await t.rejects(raisePades(file, 'LTA', world.services), { code: 'CERT_PATH_INVALID' });
});
