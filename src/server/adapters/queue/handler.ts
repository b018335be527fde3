/** What does the work: one handler a queue, and how it says that it could not. */
import type { Logger } from '../telemetry/log.ts';
import type { Db } from '../postgres/database.ts';
import type { Payloads, QueueName } from '../../domain/lifecycle/jobs.ts';

/** One try. */
export interface Attempt {
  /** The piece of work; stays the same over all tries. */
  readonly id: string;
  /** 1 for the first try. */
  readonly number: number;
  readonly log: Logger;
}

/**
 * `run` may be called again for work that it has done already (a crash between doing and noting it), and in the worst case
 * at the same time (a process that stood still, a queue that was lost), so doing it twice must come to the same as doing it
 * once. What came of it is noted once: for whoever began it last.
 */
export interface Handler<Q extends QueueName> {
  run(payload: Payloads[Q], attempt: Attempt): Promise<void>;
  /** Called once, in the transaction that gives the work up for good. */
  gaveUp?(tx: Db, payload: Payloads[Q], error: Error): Promise<void>;
}

export type Handlers = { readonly [Q in QueueName]?: Handler<Q> };

/** Thrown by a handler: trying again is pointless. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

/** Thrown by a handler: try again, but not before `delayMs` milliseconds have passed. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly delayMs: number;

  constructor(message: string, delayMs: number, options?: { cause?: unknown }) {
    super(message, options);
    this.delayMs = delayMs;
  }
}
