/** What sessions keep of signatures and logins: JSON in their rows. */
import type { SignerIdentity, Verdict } from '@segl/identity/evidence-words';
import type { Handwriting } from '@segl/identity/handwriting';
import type { ClientInfo } from '../../../domain/signing-session/client-info.ts';

/** Everything that cannot be had again later. Binary parts are base64. */
export interface SignatureEvidence {
  readonly signer: SignerIdentity;
  /** ISO 8601 UTC, from the service clock at receipt. */
  readonly signingTime: string;
  readonly verdicts: readonly Verdict[];
  readonly validation: { readonly certificates: string[]; readonly ocsps: string[]; readonly crls: string[] };
  readonly facts: Readonly<Record<string, string>>;
  /** Id of the format of what is kept as native; absent in old rows: the first of the method's. */
  readonly format?: string;
  /** The document's place among those that one act signed, from 0; absent where it was the only one. */
  readonly bundleIndex?: number;
  /** What the signer's number is, where there is one. */
  readonly nationalIdKind?: { readonly nationality: string; readonly type: string };
  /** What is kept as native is a WSD that is not sealed yet: the service was the witness. */
  readonly witnessed?: true;
  /** Beside the eID's own signature. */
  readonly handwriting?: Handwriting;
  readonly creationClient: ClientInfo;
  readonly verificationClient: ClientInfo;
}

/** A method that was started, until what it asks for is there. */
export interface BegunStep {
  /** Name of the method. */
  readonly method: string;
  /** What the method remembers; sealed, base64. */
  readonly state: string;
}

/** Everything that the login can be judged by again. Binary parts are base64. */
export interface LoginEvidence extends Pick<
  SignatureEvidence,
  'signer' | 'verdicts' | 'validation' | 'facts'
> {
  /** What the method asked its provider with; JSON. */
  readonly expected: unknown;
  /** What the browser said of itself when it brought the answer. */
  readonly client: ClientInfo;
}
