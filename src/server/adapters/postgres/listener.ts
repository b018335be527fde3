/** Hears what other sessions say by NOTIFY: one connection a process, for every channel. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../telemetry/log.ts';

const LONGEST_PAUSE_MS = 5_000;

/** Undefined: the connection was replaced, so something may have gone unheard. Must not throw. */
export type Heard = (payload: string | undefined) => void;

/**
 * Connects when somebody first listens, and anew whenever the connection breaks. Needs a direct connection or a pooler in
 * session mode.
 */
export class Listener {
  readonly #url: string;
  readonly #application: string;
  readonly #log: Logger;
  readonly #closing = new AbortController();
  readonly #channels = new Map<string, Set<Heard>>();
  #client: pg.Client | undefined;
  #opening: Promise<void> | undefined;
  /** The end of the line of statements: a client takes one at a time. */
  #line: Promise<unknown> = Promise.resolve();

  /** `application`: what the database calls the connection. */
  constructor(options: { url: string; application: string; log: Logger }) {
    this.#url = options.url;
    this.#application = options.application;
    this.#log = options.log;
  }

  /**
   * Calls `heard` with the payload of every notification on `channel` (a plain SQL name) that is sent after this
   * resolves, until the function that it gives is called. Waits while the database is away.
   */
  async listen(channel: string, heard: Heard): Promise<() => void> {
    const known = this.#channels.get(channel);
    const listeners = known ?? new Set();
    listeners.add(heard);
    this.#channels.set(channel, listeners);
    if (!this.#client) await this.#open();
    else if (!known) await this.#listenOn(this.#client, channel);
    // others wait until the first of them has been heard by the server
    else await this.#line;
    return () => void listeners.delete(heard);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening;
    await this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }

  #open(): Promise<void> {
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #connect(): Promise<void> {
    for (let pause = 50; !this.#closing.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const client = new pg.Client({
        connectionString: this.#url,
        application_name: this.#application,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
      });
      client.on('error', () => undefined);
      client.on('notification', ({ channel, payload }) => this.#tell(channel, payload ?? ''));
      try {
        await client.connect();
        client.once('end', () => this.#lost(client));
        // those that are added meanwhile, too
        for (const channel of this.#channels.keys()) await client.query(`listen ${channel}`);
        this.#client = client;
        return;
      } catch (error) {
        await client.end().catch(() => undefined);
        this.#log.debug({ err: error }, 'No database connection to listen on yet.');
        await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /** A connection that breaks meanwhile is replaced, and the next one listens to every channel. */
  async #listenOn(client: pg.Client, channel: string): Promise<void> {
    this.#line = this.#line.then(() => client.query(`listen ${channel}`)).catch(() => undefined);
    await this.#line;
  }

  #tell(channel: string, payload: string | undefined): void {
    for (const heard of this.#channels.get(channel) ?? []) heard(payload);
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (this.#closing.signal.aborted) return;
    void this.#open().then(() => {
      for (const channel of this.#channels.keys()) this.#tell(channel, undefined);
    });
  }
}
