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
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { addSignature } from '@segl/ades/pades/sign';
import { FileBlobStore } from '@segl/server/adapters/blobs/file-store';
import { systemClock } from '@segl/problem/clock';

const ROUNDS = 9;
const PAGE_ROUNDS = 51;
const LARGE = 100_000_000;

const key = createWorld().signer('P-256', 'Signer');

const sign = (file: IncrementalFile): Promise<void> =>
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
      const cost = await costOf(() => sign(IncrementalFile.of(pdf)));
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

const here = fileURLToPath(import.meta.url);

/** In a process of its own: what else was measured would leave its garbage to these large documents. */
function elsewhere(...args: readonly string[]): void {
  const child = spawnSync(process.execPath, [...process.execArgv, here, ...args], { encoding: 'utf8' });
  console.log(child.stdout.trimEnd() + child.stderr);
}

/** Prints a table. */
export async function documentsBenchmark(): Promise<void> {
  console.log(
    `\nDocuments, signed B-B with P-256 (Node ${process.version}, median of ${PAGE_ROUNDS} and of ${ROUNDS})\n`,
  );
  console.log(
    `${'what'.padEnd(48)} ${'ms'.padStart(10)} ${'CPU ms'.padStart(8)} ${'beside half of it'.padStart(22)}`,
  );
  elsewhere('pages');
  elsewhere('bytes');
  const folder = await mkdtemp(join(tmpdir(), 'segl-bench-'));
  try {
    const store = await FileBlobStore.open(folder, systemClock);
    const { sha256 } = await store.put(await documentOf({ bytes: LARGE }));
    elsewhere('large', folder, sha256);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In the process of its own: from one blob to the next. */
async function large(folder: string, sha256: string): Promise<void> {
  const store = await FileBlobStore.open(folder, systemClock);
  const before = process.memoryUsage.rss();
  let most = 0;
  const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    row(what, await costOf(work));
    most = Math.max(most, process.memoryUsage.rss() - before);
  };
  let file!: IncrementalFile;
  await step('100 MB, read from a blob and hashed', async () => {
    file = await IncrementalFile.read((allocate) => store.read(sha256, allocate));
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

async function warmUp(): Promise<void> {
  const small = await documentOf({});
  for (let call = 0; call < 200; call++) await sign(IncrementalFile.of(small));
}

async function documents(
  sizes: readonly number[],
  sized: (size: number) => { readonly what: string; readonly size: Parameters<typeof documentOf>[0] },
): Promise<{ what: string; pdf: Uint8Array }[]> {
  return Promise.all(sizes.map(sized).map(async ({ what, size }) => ({ what, pdf: await documentOf(size) })));
}

const [, main, what, ...args] = process.argv;
if (main === here) {
  await warmUp();
  if (what === 'pages') {
    const sized = (pages: number) => ({ what: `${pages} pages`, size: { pages } });
    await doubling(await documents([500, 1000, 2000], sized), PAGE_ROUNDS);
  } else if (what === 'bytes') {
    const sized = (bytes: number) => ({ what: `${bytes / 1e6} MB`, size: { bytes } });
    await doubling(await documents([LARGE / 4, LARGE / 2, LARGE], sized), ROUNDS);
  } else if (what === 'large') await large(args[0]!, args[1]!);
}
