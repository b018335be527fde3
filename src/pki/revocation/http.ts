/** A whole answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * POSTs `body`. Throws when there is no answer (refused, timed out, too large). OCSP and time-stamp clients are handed
 * one, so that one place decides where requests may go.
 */
export type HttpPost = (url: string, body: Uint8Array, contentType: string) => Promise<HttpAnswer>;

/** GETs at most `maxBytes`. Throws when there is no answer (refused, timed out, larger). */
export type HttpGet = (url: string, maxBytes: number) => Promise<HttpAnswer>;
