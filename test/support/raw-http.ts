import { connect, type Socket } from 'node:net';

/** One HTTP connection, byte by byte, for what client libraries do and `fetch` cannot show. */
export class RawConnection {
  readonly #socket: Socket;
  #received = '';
  closed = false;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => (this.#received += chunk));
    this.#socket.on('close', () => (this.closed = true));
    this.#socket.on('error', () => undefined);
  }

  /** Resolves when the bytes are handed to the system, or the connection is closed. */
  async send(data: string | Uint8Array): Promise<void> {
    if (this.closed || this.#socket.write(data)) return;
    while (this.#socket.writableNeedDrain && !this.closed)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Waits until what has arrived since the last call matches, and takes it all. */
  async receive(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 1000; tries++) {
      if (pattern.test(this.#received)) {
        const taken = this.#received;
        this.#received = '';
        return taken;
      }
      if (this.closed) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`Did not receive ${String(pattern)}, but: ${this.#received}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
