/** What the client was started with, kept until it answers; JSON. */

/** Kept in the session between start and result; JSON, because sessions live in the database. */
export interface ExpectedSignature {
  /** The declaration or text that the signer must have seen, exactly. */
  readonly signText: string;
  /** SHA-256, hex, of the document; for a PDF the bytes that must come back attached. */
  readonly documentSha256: string;
  /** The list of digests as it was sent; absent where a text is signed, and in sessions begun before lists were sent. */
  readonly digestList?: string;
  readonly mimeType: string;
  /** The parameters as sent to the client, for the audit trail. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly startedAt: string;
}

/** Kept in the session between start and result of a login; JSON. */
export interface ExpectedAuthentication {
  /** Random; the login message answers it. */
  readonly challenge: string;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  /** The parameters as sent to the client, for the audit trail. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the login is bound to, if anything, e.g. `sha256:…` of a document. Travels in the client's parameters. */
  readonly binding?: string;
}
