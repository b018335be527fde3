/** HTTP as the clients of OCSP, revocation lists and time-stamps want it, over the Fetch standard. */
import type { HttpAnswer, HttpGet, HttpPost } from './http.ts';

const MAX_ANSWER_BYTES = 1 << 20;

/**
 * `post` and `get` over `fetch`, which decides what may be reached and for how long is waited: it may be the global one.
 * They throw what `fetch` throws, and RangeError for an answer that is too large.
 */
export function httpOver(fetch: typeof globalThis.fetch): { readonly post: HttpPost; readonly get: HttpGet } {
  const read = async (response: Response, maxBytes: number): Promise<HttpAnswer> => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw new RangeError(`${response.url} answers more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: Buffer.concat(chunks),
    };
  };
  return {
    post: async (url, body, contentType) =>
      read(
        await fetch(url, {
          method: 'POST',
          body: Buffer.from(body),
          headers: { 'content-type': contentType },
        }),
        MAX_ANSWER_BYTES,
      ),
    get: async (url, maxBytes) => read(await fetch(url), maxBytes),
  };
}
