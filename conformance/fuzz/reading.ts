/**
 * Reads hostile files in a process of its own: `damaged kind seed from count`, or `hostile kind name`. Says on standard output
 * what it is at, so that whoever started it knows what it hangs on, and at the end what was slowest and the most memory that
 * it took.
 */
import { writeSync } from 'node:fs';
import { isSeglError } from '@segl/problem/errors';
import { pseudoRandom } from '../../test/support/pdf/pdf.ts';
import { mutated } from './mutate.ts';
import { hostile, readers, type Kind } from './readers.ts';
import { sources } from './sources.ts';

let slowest = 0;

/** Every reader gives a result or a typed error; CPU time, because the machine may be busy. */
async function read(kind: Kind, name: string, bytes: Uint8Array): Promise<void> {
  writeSync(1, `at ${name}\n`);
  for (const [reader, run] of Object.entries(readers[kind])) {
    const before = process.cpuUsage();
    try {
      await run(bytes);
    } catch (error) {
      if (!isSeglError(error)) {
        writeSync(1, `crash ${name}, ${reader}: ${(error as Error).stack ?? String(error)}\n`);
      }
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    slowest = Math.max(slowest, ms);
    if (ms > 2000) writeSync(1, `slow ${name}, ${reader}: ${ms.toFixed(0)} ms\n`);
  }
}

const [what, kind, ...parameters] = process.argv.slice(2) as [string, Kind, ...string[]];
if (what === 'hostile') {
  const [name = ''] = parameters;
  await read(kind, name, await hostile[kind][name]!());
} else {
  const [seed = 0, from = 0, count = 0] = parameters.map(Number);
  const files = await sources(kind);
  for (let round = from; round < from + count; round++) {
    const random = pseudoRandom(seed + round * 7919);
    await read(kind, `${kind} ${seed} ${round}`, mutated(kind, files[round % files.length]!, random));
  }
}
// kilobytes, the peak of the whole process
writeSync(1, `end ${slowest.toFixed(0)} ms ${Math.ceil(process.resourceUsage().maxRSS / 1024)} MB\n`);
