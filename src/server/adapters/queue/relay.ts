/** Puts due rows of the outbox on the queue, and rings again for those that nobody finished. */
import type { Clock } from '@segl/problem/clock';
import type { Logger } from '../telemetry/log.ts';
import type { Database, Db } from '../postgres/database.ts';
import {
  enqueueSweep,
  noteEnqueued,
  OUTBOX_CHANNEL,
  pruneFinished,
  takeDue,
  takeLost,
  type Ring,
} from '../postgres/outbox.ts';
import type { Bell, QueueBackend } from './backend.ts';
import { queueNames } from '../../domain/lifecycle/jobs.ts';
import { HeldSession } from './session.ts';

const BATCH = 200;

export interface RelayOptions {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly backend: QueueBackend;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often to look without being told; a commit is noticed at once. Default: 1 s. */
  readonly pollMs?: number;
  /** A row on the queue for longer than this is rung again. Default: 30 s. */
  readonly overdueMs?: number;
  /** How long finished rows are kept. Default: 7 days. */
  readonly keepMs?: number;
}

export interface Relay {
  close(): Promise<void>;
}

/** Any number of processes may run a relay: each takes rows that no other has locked. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const relay = new RunningRelay(options);
  await relay.start();
  return relay;
}

class RunningRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #bells: ReadonlyMap<string, Bell>;
  readonly #listener: HeldSession;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #troubled = false;
  #lookedForLost = -Infinity;
  #sweptSlot = '';

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#bells = new Map(queueNames.map((name) => [name, options.backend.openBell(name)]));
    this.#listener = new HeldSession({
      url: options.databaseUrl,
      log: options.log,
      onOpen: async (client) => {
        client.on('notification', () => this.#wake());
        // after an outage workers first get the time to renew their claims
        if (this.#timer) this.#lookedForLost = options.clock.now().getTime();
        await client.query(`listen ${OUTBOX_CHANNEL}`);
        this.#wake();
      },
    });
  }

  async start(): Promise<void> {
    await this.#listener.open();
    this.#timer = setInterval(() => this.#wake(), this.#options.pollMs ?? 1_000);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#listener.close();
    await this.#round;
    await Promise.all([...this.#bells.values()].map((bell) => bell.close().catch(() => undefined)));
  }

  /** One round at a time; being woken during one makes for one more. */
  #wake(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#round ??= this.#rounds().finally(() => (this.#round = undefined));
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#once();
        if (this.#troubled) this.#options.log.info('The relay works again.');
        this.#troubled = false;
      } catch (error) {
        // said once; the next poll tries again
        if (!this.#troubled) this.#options.log.warn({ err: error }, 'The relay cannot work at the moment.');
        this.#troubled = true;
      }
    }
  }

  async #once(): Promise<void> {
    const { db, clock, overdueMs = 30_000, keepMs = 7 * 86_400_000 } = this.#options;
    const now = clock.now();
    const slot = now.toISOString().slice(0, 16);
    if (slot !== this.#sweptSlot) {
      await enqueueSweep(db, slot);
      await pruneFinished(db, new Date(now.getTime() - keepMs), 10_000);
      this.#sweptSlot = slot;
    }
    await this.#ringAll(now, (tx) => takeDue(tx, now, BATCH));
    if (Math.abs(now.getTime() - this.#lookedForLost) >= Math.min(overdueMs / 3, 5_000)) {
      const before = new Date(now.getTime() - overdueMs);
      await this.#ringAll(now, (tx) => takeLost(tx, before, BATCH));
      this.#lookedForLost = now.getTime();
    }
  }

  /**
   * Rings, then notes it: if the process ends in between, the rows are rung twice, which does no harm. Rows stay
   * locked meanwhile, so no other relay rings for them.
   */
  async #ringAll(now: Date, take: (tx: Db) => Promise<Ring[]>): Promise<void> {
    for (let count = BATCH; count === BATCH && !this.#closed;) {
      count = await this.#options.db.transaction(async (tx) => {
        const rings = await take(tx);
        for (const [queue, bell] of this.#bells) {
          const mine = rings.filter((ring) => ring.queue === queue);
          if (mine.length > 0) await bell.ring(mine);
        }
        if (rings.length > 0) {
          await noteEnqueued(
            tx,
            rings.map((ring) => ring.id),
            now,
          );
        }
        return rings.length;
      });
    }
  }
}
