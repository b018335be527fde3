/** How often something can be done. */

export const SECONDS = 3;

/** With several processes the compiler needs longer, as each of them compiles while all cores are busy. */
export const RUN_IN = 5;
export const RUN_IN_TOGETHER = 15;

export interface Rate {
  readonly perSecond: number;
  /** Processor time of one call in milliseconds, which other work on the same machine changes little. */
  readonly cpu: number;
}

/**
 * Calls `work` for about SECONDS, after a run-in in which the compiler does its work: a service runs for months, and what
 * counts is what it does after its first seconds. `runIn`: seconds.
 */
export async function rate(work: () => unknown, runIn: number = RUN_IN): Promise<Rate> {
  await run(work, runIn);
  const cpu = process.cpuUsage();
  const { calls, elapsed } = await run(work, SECONDS);
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (calls * 1000) / elapsed, cpu: (user + system) / 1000 / calls };
}

async function run(work: () => unknown, seconds: number): Promise<{ calls: number; elapsed: number }> {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < seconds * 1000) {
    await work();
    calls += 1;
    elapsed = performance.now() - start;
  }
  return { calls, elapsed };
}
