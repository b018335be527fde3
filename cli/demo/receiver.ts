/** The demo's callback receiver: down for the first attempt, there for the next. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Callback {
  readonly receivedAt: Date;
  readonly url: string;
  readonly requestId: string;
}

export interface Receiver {
  readonly url: string;
  /** Attempts that found nobody. */
  readonly missed: () => number;
  /** Resolves with the first callback that got through. */
  readonly received: Promise<Callback>;
  close(): void;
}

/** Listens on a free loopback port. */
export async function startReceiver(now: () => Date): Promise<Receiver> {
  let missed = 0;
  let arrived: (callback: Callback) => void;
  const received = new Promise<Callback>((resolve) => (arrived = resolve));
  const server = createServer((request, response) => {
    if (missed === 0) {
      missed += 1;
      request.socket.destroy();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    response.writeHead(204).end();
    arrived({
      receivedAt: now(),
      url: request.url ?? '',
      requestId: url.searchParams.get('requestId') ?? '',
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/signing-done?customer=42&token=a%2Fb`,
    missed: () => missed,
    received,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
