/** Several time-stamp authorities as one: whoever answers well is as good as the other. */
import type { Timestamper } from '../ades/signing-key.ts';
import type { Clock } from '../clock.ts';
import { isSeglError, SeglError } from '../errors.ts';

/** How long an authority that failed is asked last. */
const REST_MS = 60_000;

export interface NamedTimestamper {
  readonly url: string;
  readonly timestamp: Timestamper;
}

/**
 * Asks the authorities in their order, those that failed within the last minute at the end, until one gives a time-stamp.
 * `onFailure` hears of each that did not. Throws TSA_FAILED with every reason when none does.
 */
export function failover(
  authorities: readonly NamedTimestamper[],
  { clock, onFailure }: { readonly clock: Clock; readonly onFailure: (url: string, why: string) => void },
): Timestamper {
  const restingUntil = new Map<string, number>();
  return async (sha256) => {
    const now = clock.now().getTime();
    const rests = ({ url }: NamedTimestamper): boolean => (restingUntil.get(url) ?? 0) > now;
    const reasons: string[] = [];
    let last: unknown;
    for (const { url, timestamp } of [
      ...authorities.filter((one) => !rests(one)),
      ...authorities.filter(rests),
    ]) {
      try {
        const token = await timestamp(sha256);
        restingUntil.delete(url);
        return token;
      } catch (error) {
        if (!isSeglError(error, 'TSA_FAILED')) throw error;
        restingUntil.set(url, clock.now().getTime() + REST_MS);
        const why = String(error.params['why']);
        onFailure(url, why);
        reasons.push(why);
        last = error;
      }
    }
    if (authorities.length === 1) throw last;
    const url = authorities.map((one) => one.url).join(', ');
    throw new SeglError('TSA_FAILED', { url, why: reasons.join('; ') }, { cause: last });
  };
}
