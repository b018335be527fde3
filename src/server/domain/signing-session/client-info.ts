/** What a signing session is known by, and what is kept of the browser that it runs in. */

/** What the browser said of itself; kept as evidence. */
export interface ClientInfo {
  readonly ip: string;
  readonly userAgent: string;
  readonly acceptLanguage?: string;
}

/** `ref` names the session in URLs; `secret` travels in a cookie only. */
export interface SessionKey {
  readonly ref: string;
  readonly secret: string;
}
