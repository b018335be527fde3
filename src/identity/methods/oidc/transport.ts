/** How the client library reaches a provider: through the service's own HTTP, whose rules hold, remembering what was fetched. */
import type { CustomFetch } from 'openid-client';
import type { HttpClient, MethodDeps } from '../../method.ts';

/** What was fetched from an address, byte for byte, and when. */
export interface Fetched {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly at: Date;
}

export interface Transport {
  readonly fetch: CustomFetch;
  /** The last good answer of an address. */
  fetched(url: string): Fetched | undefined;
}

/** Statuses whose answers have no body (Fetch standard, null body status). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

export function createTransport(http: HttpClient, clock: MethodDeps['clock']): Transport {
  const seen = new Map<string, Fetched>();
  return {
    fetched: (url) => seen.get(url),
    async fetch(url, { method, headers, body }) {
      const {
        status,
        contentType,
        body: bytes,
      } = method === 'GET'
        ? await http.get(url, headers)
        : await http.post(url, bodyOf(body), headers['content-type'] ?? 'application/x-www-form-urlencoded', {
            ...headers,
          });
      if (status === 200 || status === 201) seen.set(url, { bytes, contentType, at: clock.now() });
      return new Response(WITHOUT_BODY.has(status) ? null : Uint8Array.from(bytes), {
        status,
        headers: { 'content-type': contentType },
      });
    },
  };
}

/** The library sends forms and texts. */
function bodyOf(body: unknown): string {
  if (body instanceof URLSearchParams || typeof body === 'string') return body.toString();
  if (body === undefined || body === null) return '';
  throw new TypeError('the body of a request is a form');
}
