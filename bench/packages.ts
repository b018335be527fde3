/** How many complete packages are made in a second, on one core and on all, beside the most that their RSA key could do. */
import { fork } from 'node:child_process';
import { randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageKit } from './package-kit.ts';
import { rate, SECONDS, type Rate } from './rate.ts';

/** Prints a table. */
export async function packagesBenchmark(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-bench-'));
  try {
    const { privateKey, seal, page, pades, complete } = await packageKit(folder);
    const data = randomBytes(64);
    const raw = await rate(() => sign('sha256', data, privateKey));
    const packages = [await seal(), await seal()];
    const rendered = page();
    const rows: [string, Rate, number][] = [
      ['raw RSA-2048 signature (the limit)', raw, 1],
      ['LTV-SDO, sealed and verified', await rate(seal), 1],
      ['signature page, two signers', await rate(page), 0],
      ['PAdES B-LTA, 200 kB', await rate(() => pades(undefined, [])), 3],
      ['the same, page and attachments given', await rate(() => pades(rendered, packages)), 3],
      ['complete package: 2 LTV-SDO + page + PAdES B-LTA', await rate(complete), 5],
    ];
    console.log(`Packages (Node ${process.version}, one core, ${SECONDS} s each after a run-in; RSA-2048)\n`);
    const columns = (what: string, perSecond: string, cpu: string, share: string): string =>
      `${what.padEnd(48)} ${perSecond.padStart(10)} ${cpu.padStart(8)} ${share.padStart(22)}`;
    console.log(columns('what', 'per second', 'CPU ms', 'share of the RSA limit'));
    for (const [what, { perSecond, cpu }, signatures] of rows) {
      const share = signatures === 0 ? '-' : `${((100 * signatures * raw.cpu) / cpu).toFixed(0)} %`;
      console.log(columns(what, perSecond.toFixed(0), cpu.toFixed(2), share));
    }
    const cores = availableParallelism();
    const [all, most] = [await onCores('packages', cores), await onCores('signatures', cores)];
    console.log(columns(`complete packages on ${cores} cores`, all.toFixed(0), '', ''));
    console.log(columns(`raw RSA-2048 signatures on ${cores} cores, by 5`, (most / 5).toFixed(0), '', ''));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How often in a second so many processes do it, all at once. */
async function onCores(what: 'packages' | 'signatures', processes: number): Promise<number> {
  const rates = Array.from({ length: processes }, () => {
    const worker = fork(new URL('./package-process.js', import.meta.url), [what]);
    return new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  return (await Promise.all(rates)).reduce((sum, one) => sum + one, 0);
}
