/** What does the work: one handler a queue, and how it says that it could not. */
import type { Params, Problem } from '@segl/problem/problem';
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

/** What a handler throws to say what follows; its message is the code, sentences are made where it is shown. */
abstract class Unsuccessful extends Error implements Problem {
  readonly code: string;
  readonly params: Params;

  constructor({ code, params }: Problem) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

/** Thrown by a handler: trying again is pointless. */
export class GiveUp extends Unsuccessful {
  override readonly name = 'GiveUp';
}

/** Thrown by a handler: try again, but not before `delayMs` milliseconds have passed. */
export class RetryLater extends Unsuccessful {
  override readonly name = 'RetryLater';
  readonly delayMs: number;

  constructor(why: Problem, delayMs: number) {
    super(why);
    this.delayMs = delayMs;
  }
}
