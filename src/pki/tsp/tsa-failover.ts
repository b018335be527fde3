/** Several time-stamp authorities as one: whoever answers well is as good as the other. */
import type { Timestamper } from '../algorithms/signing-key.ts';
import type { Clock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';

/** How long an authority that failed is asked last: twice as long with each failure in a row, up to the longest. */
const REST_MS = 60_000;
const LONGEST_REST_MS = 60 * 60_000;

export interface NamedTimestamper {
  readonly url: string;
  readonly timestamp: Timestamper;
}

interface Rest {
  readonly until: number;
  readonly failures: number;
}

/**
 * Asks the authorities in their order, those that failed lately at the end, until one gives a time-stamp. When a rest is
 * over, one request tries the authority; the others pass it by meanwhile, so that one which hangs holds up few.
 * `onFailure` hears of each that did not. Throws TSA_FAILED with every reason when none does.
 */
export function failover(
  authorities: readonly NamedTimestamper[],
  { clock, onFailure }: { readonly clock: Clock; readonly onFailure: (url: string, why: Problem) => void },
): Timestamper {
  const resting = new Map<string, Rest>();
  const rest = (url: string, failures: number): void => {
    const length = Math.min(REST_MS * 2 ** (failures - 1), LONGEST_REST_MS);
    resting.set(url, { until: clock.now().getTime() + length, failures });
  };
  return async (...request) => {
    const now = clock.now().getTime();
    const rests = ({ url }: NamedTimestamper): boolean => (resting.get(url)?.until ?? 0) > now;
    const inOrder = [...authorities.filter((one) => !rests(one)), ...authorities.filter(rests)];
    const reasons: Problem[] = [];
    let last: unknown;
    for (const { url, timestamp } of inOrder) {
      const failures = resting.get(url)?.failures ?? 0;
      if (failures > 0) rest(url, failures);
      try {
        const token = await timestamp(...request);
        resting.delete(url);
        return token;
      } catch (error) {
        if (!isSeglError(error, 'TSA_FAILED')) throw error;
        rest(url, failures + 1);
        const why = reasonOf(error);
        onFailure(url, why);
        reasons.push(why);
        last = error;
      }
    }
    if (authorities.length === 1) throw last;
    const url = authorities.map((one) => one.url).join(', ');
    throw pkiProblems.error(
      'TSA_FAILED',
      { url, why: pkiProblems.of('tsa/each-failed', { reasons }) },
      { cause: last },
    );
  };
}
