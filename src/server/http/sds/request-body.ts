/** How the body of an upload is read, and how one that is refused is got rid of. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';

/** Responses whose client waits for "100 Continue" before it sends its body (RFC 9110 §10.1.1). */
const waitingForContinue = new WeakSet<ServerResponse>();

/**
 * Under /doc, "100 Continue" is sent only when the body is about to be read, so that a client without credentials gets
 * its 401 instead of sending a document in vain. Elsewhere it is sent at once, as Node.js does by itself.
 */
export function deferContinue(server: Pick<Server, 'on' | 'emit'>): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/doc/')) waitingForContinue.add(response);
    else response.writeContinue();
    server.emit('request', request, response);
  });
}

export function sendContinue(response: ServerResponse): void {
  if (waitingForContinue.delete(response)) response.writeContinue();
}

/**
 * Gives the body to `read` as a stream of its own: when the reader gives up, the connection lives on and the refusal
 * can be sent. The stream fails when the client goes away in the middle.
 */
export async function withBody<T>(
  request: IncomingMessage,
  read: (body: Readable) => Promise<T>,
): Promise<T> {
  const body = new PassThrough();
  const abort = (): void => {
    if (!request.complete) body.destroy(new Error('The client went away before the body was complete'));
  };
  request.once('error', abort).once('close', abort);
  try {
    return await read(request.pipe(body));
  } finally {
    request.off('error', abort).off('close', abort).unpipe(body);
    body.destroy();
  }
}

/**
 * Reads on without keeping anything. Many clients send the whole body before they read the answer, and try again on
 * the same connection; beyond `limit` bytes the connection is cut instead.
 */
export function drain(request: IncomingMessage, limit: number): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) request.destroy();
  });
  request.resume();
}
