/** Time-stamps and validation data from their authorities, put together for those who sign. */
import type { Clock } from '@segl/problem/clock';
import type { NewDigest } from '../algorithms/algorithm-constraints.ts';
import type { HttpGet, HttpPost } from '../revocation/http.ts';
import { RevocationService } from '../revocation/revocation.ts';
import { longTermServices } from './long-term.ts';
import type { LongTermServices } from './long-term-services.ts';
import { createTimestamper } from './tsa.ts';

export interface OnlineSources {
  /** Of the time-stamp authority (RFC 3161). */
  readonly tsaUrl: string;
  /** Where the paths of signers must end, DER. */
  readonly anchors: readonly Uint8Array[];
  /** Where the paths of time-stamp authorities must end, DER. Absent: at `anchors`. */
  readonly tsaAnchors?: readonly Uint8Array[];
  readonly post: HttpPost;
  readonly get: HttpGet;
  readonly clock: Clock;
  /** What time-stamps are over is digested by it; SHA-256 when absent. */
  readonly hash?: NewDigest;
}

/**
 * What signatures of every level need: `services` for those who sign, `revocation` for those who validate. Nothing is asked
 * yet. What they throw later: TSA_FAILED, REVOCATION_UNAVAILABLE, CERT_PATH_INVALID, CERT_REVOKED, CERT_STATUS_UNKNOWN.
 */
export function onlineServices({
  tsaUrl,
  anchors,
  tsaAnchors = anchors,
  post,
  get,
  clock,
  hash = 'sha256',
}: OnlineSources): {
  readonly services: LongTermServices;
  readonly revocation: RevocationService;
} {
  const revocation = new RevocationService({ post, get, clock });
  const timestamp = createTimestamper({ url: tsaUrl, anchors: tsaAnchors, post, clock, revocation, hash });
  return {
    services: longTermServices({ anchors, timestamp, tsaAnchors, revocation, clock }),
    revocation,
  };
}
