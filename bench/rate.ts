/** How often something can be done. */

export const SECONDS = 3;

export interface Rate {
  readonly perSecond: number;
  /** Processor time of one call in milliseconds, which other work on the same machine changes little. */
  readonly cpu: number;
}

/** Calls `work` for about SECONDS, after a run-in that lets the compiler do its work. */
export async function rate(work: () => unknown): Promise<Rate> {
  await run(work, SECONDS / 4);
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
