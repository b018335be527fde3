/** What visits keep of signatures and logins: JSON in their rows. */
import type { ExpectedAuthentication, SignerIdentity, Verdict } from '@segl/identity/evidence-words';
import type { Handwriting } from '@segl/identity/methods/handwriting/handwriting';
import type { ClientInfo } from '../../domain/signing-session/client-info.ts';

/** Everything that cannot be had again later. Binary parts are base64. */
export interface SignatureEvidence {
  readonly signer: SignerIdentity;
  /** ISO 8601 UTC, from the service clock at receipt. */
  readonly signingTime: string;
  readonly verdicts: readonly Verdict[];
  readonly validation: { readonly certificates: string[]; readonly ocsps: string[]; readonly crls: string[] };
  readonly facts: Readonly<Record<string, string>>;
  /** What is kept as native is a WSD that is not sealed yet: the service was the witness. */
  readonly witnessed?: true;
  /** Beside the eID's own signature. */
  readonly handwriting?: Handwriting;
  readonly creationClient: ClientInfo;
  readonly verificationClient: ClientInfo;
}

/** Between start and answer. */
export interface ExpectedLogin extends ExpectedAuthentication {
  /** Name of the login method. */
  readonly method: string;
}

/** Everything that the login can be judged by again. Binary parts are base64. */
export interface LoginEvidence extends Pick<
  SignatureEvidence,
  'signer' | 'verdicts' | 'validation' | 'facts'
> {
  readonly expected: ExpectedAuthentication;
  /** What the browser said of itself when it brought the answer. */
  readonly client: ClientInfo;
}
