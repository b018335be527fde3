/** Has hostile files read by a process of its own that may take neither memory nor time without end. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { projectFile } from '@segl/server/paths';

export const MAX_MB = 512;
/** Of the processor for one case; what a reader may take of it is 2 s. */
const PATIENCE_SECONDS = 30;
/** Of the clock, for a case that waits instead of working: a busy machine may let a process wait for long. */
const LONGEST_SECONDS = 600;

export interface FuzzReport {
  /** Crashes, hangs and slow cases, by name. */
  readonly problems: readonly string[];
  readonly cases: number;
  readonly slowestMs: number;
  readonly peakMb: number;
}

/** `parameters` as reading.ts has them. */
export function fuzz(...parameters: readonly string[]): Promise<FuzzReport> {
  return new Promise((resolve) => {
    const program = projectFile('dist/conformance/fuzz/reading.js');
    const child = spawn(
      process.execPath,
      ['--disable-proto=delete', '--max-old-space-size=384', program, ...parameters],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const problems: string[] = [];
    let [cases, slowestMs, peakMb, ended] = [0, 0, 0, false];
    let [rest, errors, last] = ['', '', ''];
    const began = (): { readonly spent: number; readonly at: number } => ({
      spent: processorSeconds(child.pid),
      at: performance.now(),
    });
    let since = began();
    const watch = setInterval(() => {
      const spent = processorSeconds(child.pid) - since.spent;
      if (spent < PATIENCE_SECONDS && performance.now() - since.at < LONGEST_SECONDS * 1000) return;
      clearInterval(watch);
      problems.push(`hangs: ${last === '' ? 'before the first case' : last}`);
      child.kill('SIGKILL');
    }, 500);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      since = began();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const end = /^end (\d+) ms (\d+) MB$/.exec(line);
        if (line.startsWith('at ')) [cases, last] = [cases + 1, line.slice(3)];
        else if (end) [slowestMs, peakMb, ended] = [Number(end[1]), Number(end[2]), true];
        else problems.push(line);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('close', () => {
      clearInterval(watch);
      if (!ended) problems.push(`ended at ${last}: ${errors.slice(0, 400)}`);
      if (peakMb > MAX_MB) problems.push(`took ${peakMb} MB`);
      resolve({ problems, cases, slowestMs, peakMb });
    });
  });
}

/** Fields 14 and 15 of /proc/PID/stat (proc(5)) in seconds; nothing where there is no such file: there only the clock counts. */
function processorSeconds(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return 0;
  }
}
