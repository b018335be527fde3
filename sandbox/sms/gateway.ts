/** The SMS gateway: takes every text message and sends none on. */
import { sandboxProblems } from '../problems.ts';
import type { Clock } from '@segl/problem/clock';

const KEEP = 500;

/** Longer ones are refused, as gateways do: ten parts of a concatenated message. */
const MAX_TEXT = 1_530;

export interface TrappedSms {
  /** The sender's id of it; the same id is the same message. */
  readonly id: string;
  readonly at: Date;
  readonly to: string;
  readonly from: string;
  readonly text: string;
}

export class SmsTrap {
  readonly #clock: Clock;
  readonly #messages: TrappedSms[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Newest first. */
  get messages(): readonly TrappedSms[] {
    return this.#messages;
  }

  /** Takes `{to, from?, text, id}`. Throws BAD_REQUEST. */
  take(body: unknown): TrappedSms {
    const { to, from = 'sandbox', text, id } = (body ?? {}) as Record<string, unknown>;
    if (typeof to !== 'string' || !/^\+[1-9]\d{6,14}$/.test(to))
      throw sandboxProblems.error('BAD_REQUEST', { why: sandboxProblems.of('sandbox/sms-to') });
    if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT)
      throw sandboxProblems.error('BAD_REQUEST', {
        why: sandboxProblems.of('sandbox/sms-text', { most: MAX_TEXT }),
      });
    if (typeof id !== 'string' || id === '')
      throw sandboxProblems.error('BAD_REQUEST', { why: sandboxProblems.of('sandbox/sms-id') });
    if (typeof from !== 'string')
      throw sandboxProblems.error('BAD_REQUEST', { why: sandboxProblems.of('sandbox/sms-from') });
    const known = this.#messages.find((message) => message.id === id);
    if (known) return known;
    const message = { id, at: this.#clock.now(), to, from, text };
    this.#messages.unshift(message);
    this.#messages.length = Math.min(this.#messages.length, KEEP);
    return message;
  }
}
