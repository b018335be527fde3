/** The one clock. Nothing else in the tree calls `Date.now()` or `new Date()` to learn the time. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved; for tests and the sandbox. */
export class ManualClock implements Clock {
  #now: number;

  constructor(start: Date | string) {
    this.#now = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  set(time: Date | string): void {
    this.#now = new Date(time).getTime();
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** Another clock, moved by an offset. The sandbox moves its world with it, and the service that lives in that world. */
export class ShiftedClock implements Clock {
  readonly #base: Clock;
  /** Milliseconds that this clock is ahead of the other; negative: behind. */
  offset: number;

  constructor(base: Clock, offset = 0) {
    this.#base = base;
    this.offset = offset;
  }

  now(): Date {
    return new Date(this.#base.now().getTime() + this.offset);
  }
}
