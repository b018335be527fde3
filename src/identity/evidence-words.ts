/** What a signature is judged by, and what the judgement says: the words of the evidence. */

/** Kept in the session between start and result; JSON, because sessions live in the database. */
export interface ExpectedSignature {
  /** The declaration or text that the signer must have seen, exactly. */
  readonly signText: string;
  /** SHA-256, hex, of the document; for a PDF the bytes that must come back attached. */
  readonly documentSha256: string;
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

/** One check, by the name that evidence and conformance tables use. */
export interface Verdict {
  readonly check: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface SignerIdentity {
  readonly displayName: string;
  /** The eID's own identifier of the person (NemID: PID). */
  readonly uniqueId: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly subjectDn: string;
  readonly issuerDn: string;
}
