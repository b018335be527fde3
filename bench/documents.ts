/**
 * What the size of a document costs when it is signed (PAdES B-B with a P-256 key, which costs next to nothing): many
 * pages, many bytes, and twice as much of either. Memory is measured in a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PDFDocument } from 'pdf-lib';
import { createWorld } from '../conformance/world.ts';
import { GrowingFile } from '../src/ades/pades/growing-file.ts';
import { addSignature } from '../src/ades/pades/sign.ts';
import { FileBlobStore } from '../src/blobs/file-store.ts';
import { systemClock } from '../src/clock.ts';

const ROUNDS = 9;
const PAGE_ROUNDS = 51;
const LARGE = 100_000_000;

const key = createWorld().signer('P-256', 'Signer');

const sign = (file: GrowingFile): Promise<void> =>
  addSignature(file, { attachments: [], key, signerName: 'Bench', signingTime: systemClock.now() });

async function documentOf({ pages = 3, bytes = 0 }): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  for (let page = 0; page < pages; page++) pdf.addPage().drawText(`${page} `.repeat(40), { size: 8 });
  if (bytes > 0) await pdf.attach(randomBytes(bytes), 'ballast.bin');
  return pdf.save({ useObjectStreams: false });
}

interface Cost {
  readonly wall: number;
  /** Processor time; both in milliseconds. */
  readonly cpu: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: performance.now() - start, cpu: (user + system) / 1000 };
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Signs documents, each twice as large as the one before, in turn: so that the ratio is of the same moments. */
async function doubling(
  documents: readonly { what: string; pdf: Uint8Array }[],
  rounds: number,
): Promise<void> {
  const costs: Cost[][] = documents.map(() => []);
  for (let round = -rounds; round < rounds; round++) {
    for (const [index, { pdf }] of documents.entries()) {
      const cost = await costOf(() => sign(GrowingFile.of(pdf)));
      if (round >= 0) costs[index]!.push(cost);
    }
  }
  for (const [index, { what }] of documents.entries()) {
    const [own, half] = [costs[index]!, costs[index - 1]];
    const times = half && medianOf(own.map(({ cpu }, round) => cpu / half[round]!.cpu));
    const median = { wall: medianOf(own.map(({ wall }) => wall)), cpu: medianOf(own.map(({ cpu }) => cpu)) };
    row(what, median, times === undefined ? '-' : `${times.toFixed(2)} times`);
  }
}

const row = (what: string, { wall, cpu }: Cost, remark = ''): void =>
  console.log(
    `${what.padEnd(48)} ${wall.toFixed(1).padStart(10)} ${cpu.toFixed(1).padStart(8)} ${remark.padStart(22)}`,
  );

/** Prints a table. */
export async function documentsBenchmark(): Promise<void> {
  const small = await documentOf({});
  for (let call = 0; call < 200; call++) await sign(GrowingFile.of(small));
  console.log(
    `\nDocuments, signed B-B with P-256 (Node ${process.version}, median of ${PAGE_ROUNDS} and of ${ROUNDS})\n`,
  );
  console.log(
    `${'what'.padEnd(48)} ${'ms'.padStart(10)} ${'CPU ms'.padStart(8)} ${'beside half of it'.padStart(22)}`,
  );
  const pages = [500, 1000, 2000].map(async (pages) => ({
    what: `${pages} pages`,
    pdf: await documentOf({ pages }),
  }));
  await doubling(await Promise.all(pages), PAGE_ROUNDS);
  const sizes = [LARGE / 4, LARGE / 2, LARGE].map(async (bytes) => ({
    what: `${bytes / 1e6} MB`,
    pdf: await documentOf({ bytes }),
  }));
  await doubling(await Promise.all(sizes), ROUNDS);
  const folder = await mkdtemp(join(tmpdir(), 'segl-bench-'));
  try {
    const store = await FileBlobStore.open(folder, systemClock);
    const { sha256 } = await store.put(await documentOf({ bytes: LARGE }));
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder, sha256], {
      encoding: 'utf8',
    });
    console.log(child.stdout.trimEnd() + child.stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In the process of its own: from one blob to the next. */
async function large(folder: string, sha256: string): Promise<void> {
  const store = await FileBlobStore.open(folder, systemClock);
  const small = await documentOf({});
  for (let call = 0; call < 200; call++) await sign(GrowingFile.of(small));
  const before = process.memoryUsage.rss();
  let most = 0;
  const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    row(what, await costOf(work));
    most = Math.max(most, process.memoryUsage.rss() - before);
  };
  let file!: GrowingFile;
  await step('100 MB, read from a blob and hashed', async () => {
    file = await GrowingFile.read((allocate) => store.read(sha256, allocate));
  });
  await step('signed', () => sign(file));
  await step('written to a blob', () => store.put(file.bytes));
  await step('SHA-256 of its bytes (the limit)', async () =>
    createHash('sha256').update(file.bytes).digest(),
  );
  console.log(
    `${'most memory that it took, the document included'.padEnd(48)} ${(most / 1e6).toFixed(0).padStart(10)} MB`,
  );
}

const [, main, folder, sha256] = process.argv;
if (main === fileURLToPath(import.meta.url)) await large(folder!, sha256!);
