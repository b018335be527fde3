/** Who works on which row: advisory locks of one session, so that a process that dies claims nothing any more. */
import type { Logger } from '../telemetry/log.ts';
import { claimKey } from '../postgres/outbox.ts';
import { HeldSession } from './session.ts';

export class Claims {
  readonly #session: HeldSession;
  readonly #held = new Set<string>();

  constructor(options: { url: string; log: Logger }) {
    this.#session = new HeldSession({
      ...options,
      onOpen: async (client) => {
        // the server shall notice within half a minute when this machine is gone
        await client.query(
          'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
        );
        // a new session takes over the claims of the one that broke, as far as nobody else was faster
        for (const id of this.#held) {
          await client.query(`select pg_try_advisory_lock(${claimKey('$1')})`, [id]);
        }
      },
    });
  }

  open(): Promise<void> {
    return this.#session.open();
  }

  /** False when somebody, here or in another process, works on the row. Waits while the database is away. */
  async take(id: string): Promise<boolean> {
    // a session may take its own lock again, so this process has to look at itself first
    if (this.#held.has(id)) return false;
    this.#held.add(id);
    try {
      const [row] = await this.#session.query<{ taken: boolean }>(
        `select pg_try_advisory_lock(${claimKey('$1')}) as taken`,
        [id],
      );
      if (row?.taken) return true;
    } catch (error) {
      this.#held.delete(id);
      throw error;
    }
    this.#held.delete(id);
    return false;
  }

  async release(id: string): Promise<void> {
    this.#held.delete(id);
    // a session that is gone has released everything already
    await this.#session.query(`select pg_advisory_unlock(${claimKey('$1')})`, [id]).catch(() => undefined);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
