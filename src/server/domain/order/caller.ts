/** What a calling system shows of itself besides its password. Pure data; nothing of it is believed yet. */
import type { Problem } from '@segl/problem/problem';
export interface Caller {
  /** Where it calls from, as far as proxies that are trusted tell. */
  readonly address: string;
  /** Path that it called, without ids: `/ws/documentservice-v3`, `/doc`. */
  readonly door: string;
  /** Whether the certificate was shown in the TLS handshake with us, or told by a trusted proxy. */
  readonly via: 'tls' | 'proxy';
  /** DER, its own first, then what came with it; empty: none was shown. */
  readonly certificates: readonly Uint8Array[];
  /** Why what came cannot be read. */
  readonly problem?: Problem;
}
