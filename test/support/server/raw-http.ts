import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Longer than any answer takes on a busy machine. */
const PATIENCE_MS = 60_000;

/** One HTTP connection, byte by byte, for what client libraries do and `fetch` cannot show. */
export class RawConnection {
  readonly #socket: Socket;
  /** `news`: something arrived, or nothing more will. */
  readonly #events = new EventEmitter<{ news: [] }>();
  #received = '';
  closed = false;
  /** Resolves when the connection is closed, by whichever side. */
  readonly ended: Promise<void>;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => {
      this.#received += chunk;
      this.#events.emit('news');
    });
    this.#socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.closed = true;
        this.#events.emit('news');
        resolve();
      });
    });
  }

  /** Resolves when the bytes are handed to the system, or the connection is closed. */
  async send(data: string | Uint8Array): Promise<void> {
    if (this.closed || this.#socket.write(data)) return;
    await Promise.race([once(this.#socket, 'drain').catch(() => undefined), this.ended]);
  }

  /** Waits until what has arrived since the last call matches, and takes it all. */
  async receive(pattern: RegExp): Promise<string> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    while (!pattern.test(this.#received)) {
      const news = this.closed
        ? undefined
        : await once(this.#events, 'news', { signal: patience }).catch(() => undefined);
      if (news === undefined) throw new Error(`Did not receive ${String(pattern)}, but: ${this.#received}`);
    }
    const taken = this.#received;
    this.#received = '';
    return taken;
  }

  close(): void {
    this.#socket.destroy();
  }
}
