import { ShiftedClock, type Clock } from '@segl/problem/clock';
import { JsonFile } from '../world/json-file.ts';
import { movedTime } from './period.ts';

/** What the sandbox publishes of its clock. */
export interface ClockReading {
  /** Milliseconds that the sandbox is ahead of the machine. */
  readonly offsetMs: number;
  /** ISO time. */
  readonly now: string;
}

/** The clock of the sandbox's world. It is kept on disk where it was moved to, and tells those who follow it. */
export class SandboxClock implements Clock {
  readonly #clock: ShiftedClock;
  readonly #file: JsonFile<{ offsetMs: number }>;
  #waiting: (() => void)[] = [];

  private constructor(clock: ShiftedClock, file: JsonFile<{ offsetMs: number }>) {
    this.#clock = clock;
    this.#file = file;
  }

  static async open(path: string, base: Clock): Promise<SandboxClock> {
    const file = await JsonFile.open(path, () => ({ offsetMs: 0 }));
    return new SandboxClock(new ShiftedClock(base, file.value.offsetMs), file);
  }

  now(): Date {
    return this.#clock.now();
  }

  reading(): ClockReading {
    return { offsetMs: this.#clock.offset, now: this.now().toISOString() };
  }

  /** `reset`, or what `movedTime` takes. Throws BAD_REQUEST. */
  async move(to: string): Promise<ClockReading> {
    const now = this.now();
    const offset = to === 'reset' ? 0 : this.#clock.offset + movedTime(to, now).getTime() - now.getTime();
    this.#clock.offset = this.#file.value.offsetMs = offset;
    await this.#file.save();
    for (const tell of this.#waiting.splice(0)) tell();
    return this.reading();
  }

  /** Resolves when the clock is at another offset than `known`, and at the latest after `milliseconds`. */
  async changed(known: number, milliseconds: number): Promise<ClockReading> {
    if (known === this.#clock.offset) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        timer.unref();
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.reading();
  }

  /** Lets those who wait go. */
  close(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }
}
