/** What a signature is judged by, and what the judgement says: the words of the evidence. */

/** One check, by the name that evidence and conformance tables use. */
export interface Verdict {
  readonly check: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface SignerIdentity {
  readonly displayName: string;
  /** The eID's own identifier of the person stable over sessions. */
  readonly uniqueId: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly subjectDn: string;
  readonly issuerDn: string;
}
