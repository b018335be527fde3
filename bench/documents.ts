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
  /** Processor time; both in milliseconds, of the median round. */
  readonly cpu: number;
}

async function costOf(work: () => Promise<unknown>, rounds = ROUNDS): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    costs.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
  }
  const median = (key: keyof Cost): number =>
    costs.map((cost) => cost[key]).sort((a, b) => a - b)[rounds >> 1]!;
  return { wall: median('wall'), cpu: median('cpu') };
}

const row = (what: string, { wall, cpu }: Cost, remark = ''): void =>
  console.log(
    `${what.padEnd(48)} ${wall.toFixed(1).padStart(10)} ${cpu.toFixed(1).padStart(8)} ${remark.padStart(22)}`,
  );

/** Prints a table. */
export async function documentsBenchmark(): Promise<void> {
  const small = await documentOf({});
  for (let call = 0; call < 200; call++) await sign(GrowingFile.of(small));
  console.log(`\nDocuments, signed B-B with P-256 (Node ${process.version}, median of ${ROUNDS})\n`);
  console.log(
    `${'what'.padEnd(48)} ${'ms'.padStart(10)} ${'CPU ms'.padStart(8)} ${'beside half of it'.padStart(22)}`,
  );
  const kinds = [
    ...[500, 1000, 2000].map((pages) => ({ what: `${pages} pages`, size: { pages } })),
    ...[LARGE / 4, LARGE / 2, LARGE].map((bytes) => ({ what: `${bytes / 1e6} MB`, size: { bytes } })),
  ];
  let before: Cost | undefined;
  for (const [index, { what, size }] of kinds.entries()) {
    const pdf = await documentOf(size);
    const cost = await costOf(() => sign(GrowingFile.of(pdf)));
    row(what, cost, before && index !== 3 ? `${(cost.cpu / before.cpu).toFixed(2)} times` : '-');
    before = cost;
  }
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
    row(what, await costOf(work, 1));
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
