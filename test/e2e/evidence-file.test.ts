/** The evidence file of an order: a real browser verifies it from the disk, without a network, and sees every change. */
import { builtIn } from '@segl/identity/methods/index';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeZip, type ZipEntry } from '@segl/ades/asic/zip';
import { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { preserveDue } from '@segl/server/application/archive/preserving';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { parseCertificate } from '@segl/pki/x509/certificate';
import type { AskStatus } from '@segl/ades/validation/status';
import { textReport } from '@segl/ades/validation/reports/text-report';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import {
  anna,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../support/server/services.ts';
import { axeOn, openBrowser } from '../support/browser.ts';
import { makePdf } from '../support/pdf/pdf.ts';
import { run, tool } from '../support/tools.ts';
import { pageOf, posted } from '../support/server/methods.ts';
import { tell } from '../support/signatures/tell.ts';

const ID_ATTRIBUTE = '--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties';
const SHOTS = process.env['SEGL_SCREENSHOTS'];

/** Sends in, and makes the package as a worker would. */
async function finish(home: TestApplication, key: SessionKey, requestId: string): Promise<void> {
  const sent = home.portal.sendIn(key);
  const path = { requestId, taskId: 'a', documentId: 'doc' };
  for (let tries = 0; tries < 200 && !(await findResult(home.packaging.db, path)); tries++) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
  }
  await sent;
}

/** An order that Anna signed: one PDF, its package archived, sealed as PAdES and as XAdES; preserved two years later. */
async function makeFile(home: TestApplication): Promise<{ file: Uint8Array; requestId: string }> {
  const documents = [{ taskId: 'a', documentId: 'doc' }];
  const spec = task('a', anna, {
    documentActions: [{ type: 'sign', documentRef: 'doc', sendResultToArchive: true }],
  });
  const pack = { notifications: [], documents, sendToArchive: true };
  const [requestId = ''] = (
    await home.orders.createRequests(demo, [
      order([spec], {
        documents: [
          {
            kind: 'provided',
            id: 'doc',
            description: 'Aftale æøå',
            mimeType: 'application/pdf',
            data: await makePdf(1),
          },
        ],
        packagingTasks: [{ id: 'p', method: 'pades', ...pack }],
      }),
    ])
  ).requestIds;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.readAndSign(key, anna);
  await finish(home, key, requestId);
  await packageOrder(home.packaging, { requestId, packagingTaskId: 'p' });
  await preserveDue(home.packaging);
  home.clock.set('2028-10-10T12:00:00Z');
  await preserveDue(home.packaging);
  return { file: await makeEvidenceFile(home.packaging, requestId, demo.service), requestId };
}

/** An order that Anna confirmed by a log-on, which the service witnessed; sealed when it is asked for. */
async function makeWitnessed(home: TestApplication): Promise<Uint8Array> {
  const spec = task('a', anna, {
    signatures: [],
    authenticationBasedSignatures: [{ methods: [{ name: 'nemid' }] }],
  });
  const [requestId = ''] = (await home.orders.createRequests(demo, [order([spec])])).requestIds;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
  const { signTextDigest } = await home.portal.startDeclaring(key, 'doc', 'da');
  await home.portal.declare(key, 'doc', { signTextDigest, name: '', client });
  const response = await home.nativeSignature(key, 'doc', anna);
  await home.portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) });
  await finish(home, key, requestId);
  return makeEvidenceFile(home.packaging, requestId);
}

/** The entries of a ZIP that we wrote: stored, and without anything between them. */
function entriesOf(zip: Uint8Array): ZipEntry[] {
  const buffer = Buffer.from(zip);
  const entries: ZipEntry[] = [];
  for (let at = 0; buffer.readUInt32LE(at) === 0x04034b50;) {
    const size = buffer.readUInt32LE(at + 18);
    const start = at + 30 + buffer.readUInt16LE(at + 26);
    const name = buffer.toString('latin1', at + 30, start);
    entries.push({ name, bytes: buffer.subarray(start, start + size) });
    at = start + size;
  }
  return entries;
}

const swap = (bytes: Uint8Array, from: string, to: string): Uint8Array => {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes(from)) throw new Error(`${from} is not there`);
  return Buffer.from(text.replace(from, to), 'latin1');
};
const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

t.test('an evidence file in the browser', async (t: Test) => {
  const folder = await mkdtemp(join(tmpdir(), 'segl-evidence-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const home = await openTestApplication(new Date('2026-11-20T12:00:00Z'));
  t.teardown(() => home.close());
  const witnessed = await makeWitnessed(home);
  const { file, requestId } = await makeFile(home);
  const entries = entriesOf(file);
  const names = entries.map(({ name }) => name);
  t.equal(names[0], 'mimetype');
  for (const part of ['documents/', 'packages/', 'natives/', 'sealed/', 'preservation/', 'anchors/signer']) {
    t.ok(
      names.some((name) => name.startsWith(part)),
      part,
    );
  }
  t.ok(Buffer.from(writeZip(entries)).equals(Buffer.from(file)), 'the same contents are the same bytes');
  await rejectsOthers(t, home, requestId);

  const path = join(folder, 'evidence.asice');
  await writeFile(path, file);
  await t.test('our validator agrees', (inner) => validates(inner, home, entries, file));
  const unzip = tool(t, 'unzip');
  if (unzip) t.match(run(unzip, ['-t', path]), { code: 0 }, 'sound for unzip');
  const xmlsec1 = tool(t, 'xmlsec1');
  if (xmlsec1 && unzip) {
    const inside = join(folder, 'inside');
    run(unzip, ['-q', path, '-d', inside]);
    const { code, output } = run('sh', [
      '-c',
      `cd '${inside}' && '${xmlsec1}' --verify --insecure ${ID_ATTRIBUTE} META-INF/signatures.xml`,
    ]);
    t.equal(code, 0, 'the seal over all files holds for xmlsec1');
    t.match(
      output,
      new RegExp(`${entries.length - 2}/${entries.length - 2}`),
      'all files and the properties',
    );
  }
  const page = join(folder, 'verify.html');
  await writeFile(page, entries.find(({ name }) => name === 'verify.html')!.bytes);

  const browser = await openBrowser(t);
  if (!browser) return;
  const context = await browser.newContext({ locale: 'en-GB', offline: true });
  const tab = await context.newPage();
  const problems: string[] = [];
  tab.on('pageerror', (error) => problems.push(error.message));
  tab.on('request', (request) => {
    if (!request.url().startsWith('file:')) problems.push(request.url());
  });
  await tab.goto(`file://${page}`);

  /** What the page says about these bytes: the verdict, and the rows that do not hold. */
  const judge = async (bytes: Uint8Array): Promise<{ verdict: string; bad: string[]; ok: number }> => {
    await tab.setInputFiles('#file', []);
    const buffer = Buffer.from(bytes);
    await tab.setInputFiles('#file', { name: 'evidence.asice', mimeType: 'application/zip', buffer });
    await tab.waitForSelector('#verdict.good, #verdict.bad');
    const rows = await tab.locator('#result table').first().locator('tbody tr').allInnerTexts();
    return {
      verdict: (await tab.locator('#verdict').getAttribute('class')) ?? '',
      bad: rows.filter((row) => row.includes('✗')),
      ok: rows.filter((row) => row.includes('✓')).length,
    };
  };

  const genuine = await judge(file);
  t.same(genuine, { verdict: 'good', bad: [], ok: 6 }, 'everything holds');
  t.match(await tab.locator('#result').innerText(), anna.name);
  const picture = async (name: string): Promise<void> => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axeOn(tab).withTags(tags).analyze();
    t.same(violations, [], `accessible: ${name}`);
    if (!SHOTS) return;
    await mkdir(SHOTS, { recursive: true });
    for (const width of [390, 1280]) {
      await tab.setViewportSize({ width, height: 900 });
      await tab.screenshot({ path: join(SHOTS, `evidence-${name}-${width}.png`), fullPage: true });
    }
  };
  await picture('good');
  await tab.locator('#language').click();
  t.match(await tab.locator('#verdict').innerText(), /Alt det kontrollerede holder/);
  await picture('good-da');
  await tab.locator('#language').click();

  const confirmed = await judge(witnessed);
  t.same(confirmed, { verdict: 'good', bad: [], ok: 4 }, 'what the service witnessed holds, too');
  t.match(await tab.locator('#result').innerText(), /witnessed by the service/);

  const changed = (prefix: string, change: (bytes: Uint8Array) => Uint8Array): Uint8Array => {
    if (!names.some((name) => name.startsWith(prefix))) throw new Error(`${prefix} is not there`);
    return writeZip(
      entries.map(({ name, bytes }) => ({ name, bytes: name.startsWith(prefix) ? change(bytes) : bytes })),
    );
  };
  const middle = (bytes: Uint8Array): Uint8Array => flip(bytes, bytes.length >> 1);
  const otherAnchor = entries.find(({ name }) => name.startsWith('anchors/signer'))!.bytes;
  const cases: readonly (readonly [what: string, zip: Uint8Array, expected: readonly RegExp[]])[] = [
    ['a document', changed('documents/', middle), [/^Seal over/, /^Document/]],
    [
      "the signer's name in a package",
      changed('packages/', (bytes) => swap(bytes, 'DisplayName>', 'DisplayName>x')),
      [/^Seal over/, /^Package/],
    ],
    ['a native signature', changed('natives/', middle), [/^Seal over/, /^Signature/]],
    ['a byte of the PDF', changed('sealed/', (bytes) => flip(bytes, 200)), [/^Seal over/, /^PDF/]],
    [
      'something behind the PDF',
      changed('sealed/', (bytes) => Buffer.concat([bytes, Buffer.from('\n% more')])),
      [/^Seal over/, /^PDF/],
    ],
    ['a proof', changed('preservation/', middle), [/^Seal over/, /^Preservation/]],
    [
      'the history',
      changed('history.json', (bytes) => swap(bytes, 'completed', 'rejected!')),
      [/^Seal over/],
    ],
    ['another anchor', changed('anchors/seal', () => otherAnchor), [/^Seal over/, /^Package/]],
    ['an OCSP answer', changed('validation/ocsp', middle), [/^Seal over/]],
    [
      'the seal itself',
      changed('META-INF/signatures.xml', (bytes) => swap(bytes, '<ds:DigestValue>', '<ds:DigestValue>A')),
      [/^Seal over/],
    ],
    ['a file taken away', writeZip(entries.filter(({ name }) => name !== 'history.json')), [/^Seal over/]],
    [
      'a file put in',
      writeZip([...entries, { name: 'documents/more.txt', bytes: Buffer.from('x') }]),
      [/^Seal over/],
    ],
    ['no seal', writeZip(entries.filter(({ name }) => name !== 'META-INF/signatures.xml')), [/^Seal over/]],
  ];
  for (const [what, zip, expected] of cases) {
    const { verdict, bad } = await judge(zip);
    t.equal(verdict, 'bad', what);
    for (const row of expected) {
      t.ok(
        bad.some((one) => row.test(one)),
        `${what}: ${row} in ${bad.join(' | ')}`,
      );
    }
  }
  await picture('bad');
  await tab.setInputFiles('#file', { name: 'x.zip', mimeType: 'x/y', buffer: Buffer.from('no zip') });
  await tab.waitForSelector('#verdict.bad');
  await tab.getByText('cannot be read').waitFor();
  t.same(problems, [], 'no error in the page, and nothing asked of a network');
});

async function validates(
  t: Test,
  home: TestApplication,
  entries: readonly ZipEntry[],
  file: Uint8Array,
): Promise<void> {
  const { seal, tsaAnchors, eid, clock, revocation } = home.packaging;
  const { signerAnchors } = await eid.of(demo.service);
  const trust = {
    methods: { nemid: ocesEnvironment('production') },
    seal: [],
    tsa: [],
    more: [...seal.anchors, ...tsaAnchors, ...signerAnchors],
  };
  const ask: AskStatus = (certificate, issuer) =>
    revocation.status(parseCertificate(certificate), parseCertificate(issuer));
  const judge = async (bytes: Uint8Array) =>
    (await validateEvidence({ modules: builtIn, bytes, trust, at: clock.now(), ask })).report;
  const genuine = await judge(file);
  t.equal(genuine.format, 'ASiC-E');
  t.equal(genuine.indication, 'TOTAL-PASSED', textReport(genuine, tell));
  t.equal(genuine.signatures[0]?.level, 'LTA');
  for (const folder of ['packages/', 'sealed/', 'preservation/']) {
    t.ok(
      genuine.parts.some(({ name }) => name.startsWith(folder)),
      folder,
    );
  }
  t.notOk(
    genuine.parts.some(({ name }) => name.startsWith('natives/')),
    'judged in their packages',
  );
  const flipped = writeZip(
    entries.map(({ name, bytes }) => ({ name, bytes: name === 'history.json' ? flip(bytes, 9) : bytes })),
  );
  t.equal((await judge(flipped)).subIndication, 'HASH_FAILURE');
}

async function rejectsOthers(t: Test, { packaging }: TestApplication, requestId: string): Promise<void> {
  await t.rejects(makeEvidenceFile(packaging, requestId, 'other'), { code: 'REQUEST_UNKNOWN' });
}
