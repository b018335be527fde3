/** Signing and logging on with the client, one exchange each; `index.ts` puts them behind the port of identity methods. */
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import type { SignerIdentity, Verdict } from '../../evidence-words.ts';
import type { ExpectedAuthentication, ExpectedSignature } from './expected.ts';

/** What is to be signed. `bytes` are exactly what the signer was shown. */
export interface SignMaterial {
  readonly documentId: string;
  readonly title: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  /** Extra line of the order, shown in the sign text. */
  readonly signTextEntry?: string;
}

export interface StartedSignature {
  readonly clientUrl: string;
  /** See Show. */
  readonly text?: string;
  readonly clientOrigin: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly expected: ExpectedSignature;
  /** Random; the signature answers it. */
  readonly challenge: string;
}

export interface VerifiedSignature {
  readonly signer: SignerIdentity;
  /** The signer's, DER. */
  readonly certificate: Uint8Array;
  /** The native message, byte for byte. */
  readonly native: Uint8Array;
  readonly signingTime: Date;
  readonly verdicts: readonly Verdict[];
  /** Everything that was used to verify it; goes into the package. */
  readonly validation: ValidationData;
  /** Facts for the audit trail, e.g. ocsp-url. */
  readonly facts: Readonly<Record<string, string>>;
}

export type NativeResult =
  | { readonly kind: 'signature'; readonly signature: VerifiedSignature }
  | { readonly kind: 'error'; readonly code: string };

/** What an eID tells of the national id behind its own identifier. */
export interface NationalIdSource {
  /**
   * How the signer's national id is had, by agreement with the identity provider: the signer gives it and it is matched,
   * it is looked up without the signer, or not at all, for lack of an agreement. Of employees it is not had: one that the
   * order names is compared (`ordered`), or cannot be (`never`).
   */
  readonly nationalId: 'match' | 'lookup' | 'none' | 'ordered' | 'never';
  /** The signer's national id, where `nationalId` is `lookup`. Throws UNAVAILABLE, CPR_PERSON_UNKNOWN, CPR_NOT_AGREED. */
  lookUpNationalId(uniqueId: string): Promise<string>;
  /**
   * Asks whether the national id belongs to the signer. `certificate` (DER) is needed for employees only. Throws as
   * `lookUpNationalId`.
   */
  matchNationalId(uniqueId: string, nationalId: string, certificate?: Uint8Array): Promise<boolean>;
}

export interface SignatureMethod extends NationalIdSource {
  /** As evidence names it, e.g. `nemid`. */
  readonly family: string;
  /** As people know it, e.g. NemID. */
  readonly typeName: string;
  readonly friendlyName: string;
  start(material: SignMaterial, page: { origin: string; language: string }): Promise<StartedSignature>;
  /** Judges what the client posted. Throws NATIVE_SIGNATURE_REFUSED; never accepts what it cannot verify now. */
  receive(response: string, material: SignMaterial, expected: ExpectedSignature): Promise<NativeResult>;
}

export interface StartedAuthentication {
  readonly clientUrl: string;
  readonly clientOrigin: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly expected: ExpectedAuthentication;
}

export interface VerifiedAuthentication {
  readonly signer: SignerIdentity;
  /** The signer's, DER. */
  readonly certificate: Uint8Array;
  /** The login message, byte for byte. */
  readonly native: Uint8Array;
  /** From the service clock at receipt. */
  readonly at: Date;
  readonly verdicts: readonly Verdict[];
  /** Everything that was used to verify it. */
  readonly validation: ValidationData;
  /** Facts for the audit trail, e.g. ocsp-url. */
  readonly facts: Readonly<Record<string, string>>;
}

export type AuthenticationResult =
  | { readonly kind: 'authenticated'; readonly authentication: VerifiedAuthentication }
  /** `code` is the eID's own. */
  | { readonly kind: 'error'; readonly code: string };

export interface AuthenticationMethod extends NationalIdSource {
  /** As evidence names it, e.g. `nemid`. */
  readonly family: string;
  /** As people know it, e.g. NemID. */
  readonly typeName: string;
  readonly friendlyName: string;
  /** `binding`: what the login stands for beside the identity, signed with it; see ExpectedAuthentication. */
  start(page: { origin: string; language: string }, binding?: string): Promise<StartedAuthentication>;
  /** Judges what the client posted. Throws LOGIN_REFUSED; never accepts what it cannot verify now. */
  receive(response: string, expected: ExpectedAuthentication): Promise<AuthenticationResult>;
}
