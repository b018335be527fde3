/**
 * POSTs `body` and gives the whole answer, whatever its status. Throws when there is none (refused, timed out, too
 * large). OCSP and time-stamp clients are handed one, so that one place decides where requests may go.
 */
export type HttpPost = (
  url: string,
  body: Uint8Array,
  contentType: string,
) => Promise<{ readonly status: number; readonly contentType: string; readonly body: Uint8Array }>;
