import type { Problem } from '@segl/problem/problem';

/** What came of one try to deliver a notification, whatever the channel. */
export type DeliveryOutcome =
  /** `status`: what the other side answered, an HTTP status or an SMTP reply code. */
  | { readonly kind: 'delivered'; readonly status: number }
  /** `waitMs`: how long the other side asked us to wait at least; 0 when it did not. */
  | { readonly kind: 'retry'; readonly why: Problem; readonly waitMs: number }
  /** No try will ever succeed, or the receiver wants no more. */
  | { readonly kind: 'stop'; readonly why: Problem };

/** The other side may ask for patience, but not for more than this. */
export const LONGEST_WAIT_MS = 24 * 3_600_000;

/** Milliseconds that Retry-After (seconds or an HTTP date, RFC 9110 §10.2.3) asks for, at most a day. */
export function waitOf(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now.getTime();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_WAIT_MS) : 0;
}
