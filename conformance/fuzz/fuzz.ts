/** Has hostile files read by a process of its own that may take neither memory nor time without end. */
import { spawn } from 'node:child_process';
import { projectFile } from '../../src/paths.ts';

export const MAX_MB = 512;
/** Wall clock for one case, on a busy machine; what a case may cost of the processor is 2 s. */
const PATIENCE = 20_000;

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
    const hang = (): void => {
      problems.push(`hangs: ${last}`);
      child.kill('SIGKILL');
    };
    let watch = setTimeout(hang, PATIENCE);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      clearTimeout(watch);
      watch = setTimeout(hang, PATIENCE);
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
      clearTimeout(watch);
      if (!ended) problems.push(`ended at ${last}: ${errors.slice(0, 400)}`);
      if (peakMb > MAX_MB) problems.push(`took ${peakMb} MB`);
      resolve({ problems, cases, slowestMs, peakMb });
    });
  });
}
