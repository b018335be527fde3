/** One PostgreSQL connection that is held for what belongs to a session: LISTEN, advisory locks. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../telemetry/log.ts';

const LONGEST_PAUSE_MS = 5_000;

/**
 * Keeps a session open, replacing it when it breaks. Needs a direct connection or a pooler in session mode.
 * `onOpen` runs on every new session before it is used.
 */
export class HeldSession {
  readonly #url: string;
  readonly #log: Logger;
  readonly #onOpen: (client: pg.Client) => Promise<void>;
  readonly #closing = new AbortController();
  #client: pg.Client | undefined;
  #opening: Promise<void> | undefined;
  /** The end of the line of queries: a client takes one at a time. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: { url: string; log: Logger; onOpen?: (client: pg.Client) => Promise<void> }) {
    this.#url = options.url;
    this.#log = options.log;
    this.#onOpen = options.onOpen ?? (async () => undefined);
  }

  /** Resolves when the session is open. A session that breaks later is replaced without anybody asking. */
  open(): Promise<void> {
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** Runs SQL on the session of the moment, or on the next one when it is just being replaced; one after the other. */
  query<Row extends pg.QueryResultRow>(sql: string, params: unknown[]): Promise<Row[]> {
    const answer = this.#line.then(() => this.#ask<Row>(sql, params));
    this.#line = answer.catch(() => undefined);
    return answer;
  }

  async #ask<Row extends pg.QueryResultRow>(sql: string, params: unknown[]): Promise<Row[]> {
    if (!this.#client) await this.open();
    if (!this.#client) throw new Error('The database session is closed.');
    return (await this.#client.query<Row>(sql, params)).rows;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening;
    await this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }

  async #connect(): Promise<void> {
    for (let pause = 50; !this.#closing.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const client = new pg.Client({
        connectionString: this.#url,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await this.#onOpen(client);
        client.once('end', () => this.#lost(client));
        this.#client = client;
        return;
      } catch (error) {
        await client.end().catch(() => undefined);
        this.#log.debug({ err: error }, 'No database session yet.');
        await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (!this.#closing.signal.aborted) void this.open();
  }
}
