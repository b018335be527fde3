/** `segl sandbox clock …`, and how a service in another process follows that clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ShiftedClock, systemClock, type Clock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import type { Logger } from '@segl/server/adapters/telemetry/log';
import type { ClockReading } from '@segl/sandbox/clock/sandbox-clock';
import type { Env } from '../command.ts';
import { cliProblems } from '../problems.ts';
import { callTestTools } from './test-tools.ts';

const FIRST_ANSWER_MS = 2_000;
const RETRY_MS = 2_000;

export function addClock(sandbox: Command, env: Env): void {
  sandbox
    .command('clock [move]')
    .description(
      'moves the clock of the sandbox, and of the service and workers beside it: +3y, -1d, reset, show',
    )
    // -1d is no option
    .allowUnknownOption()
    .action((move: string | undefined) => moveClock(move ?? 'show', env));
}

/** `show`, `reset`, or where to move the clock. Throws UNAVAILABLE where no sandbox answers. */
async function moveClock(to: string, env: Env): Promise<void> {
  const { sandboxUrl } = loadConfig(env);
  const reading = await callTestTools<ClockReading>(sandboxUrl, 'clock', to === 'show' ? undefined : { to });
  const state = reading.offsetMs === 0 ? 'the time of the machine' : `moved by ${ofDays(reading.offsetMs)}`;
  process.stdout.write(`${reading.now} (${state})\n`);
}

const ofDays = (ms: number): string => `${(ms / 86_400_000).toFixed(2)} days`;

export interface FollowedClock {
  readonly clock: Clock;
  close(): Promise<void>;
}

/**
 * A clock that goes as the sandbox's does, within milliseconds of a move. Only for a service that was asked to have a
 * sandbox. While none answers, it stays where it was.
 */
export async function followSandboxClock(sandboxUrl: string, log: Logger): Promise<FollowedClock> {
  const clock = new ShiftedClock(systemClock);
  const ending = new AbortController();
  const read = async (query: string, signal: AbortSignal): Promise<void> => {
    const response = await fetch(`${sandboxUrl}/testtools/api/clock${query}`, { signal });
    const { offsetMs } = (await response.json()) as Partial<ClockReading>;
    if (!response.ok || !Number.isSafeInteger(offsetMs))
      throw cliProblems.error('UNAVAILABLE', { what: cliProblems.of('sandbox/place', { url: sandboxUrl }) });
    if (offsetMs === clock.offset) return;
    clock.offset = offsetMs ?? 0;
    log.warn({ offsetMs, now: clock.now().toISOString() }, 'The sandbox has moved the clock.');
  };
  await read('', AbortSignal.timeout(FIRST_ANSWER_MS)).catch((error: unknown) =>
    log.info({ sandboxUrl, err: error }, 'The sandbox does not tell its clock yet.'),
  );
  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await read(`?known=${String(clock.offset)}`, ending.signal);
      } catch {
        await sleep(RETRY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
  };
  const following = follow();
  return {
    clock,
    async close() {
      ending.abort();
      await following;
    },
  };
}
