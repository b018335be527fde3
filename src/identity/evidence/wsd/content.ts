/**
 * What a witnessed signature document (WSD) tells: what a person declared on our own page, and what shows that it was
 * that person. The service makes it itself, where no eID signs: after a login that is bound to the statement, or for a
 * signature by hand alone.
 */
import type { ValidationData } from '@segl/pki/revocation/validation-data';

export const WSD = 'urn:segl:wsd:1.0';

/** Format and MIME type of a WSD, as NativeSdo names them. */
export const NATIVE_WSD = {
  format: 'urn:signicat:format:wsd',
  mimeType: 'application/x-signicat-wsd',
  version: '1.0',
} as const;

/** Name of the method where there is no eID. */
export const BY_HAND = 'handwritten';

/** A drawing (SVG path data on paper of 1200 by 400 units) or a typed name, bound to the document by its digest. */
export interface WsdHandwriting {
  readonly kind: 'drawn' | 'typed';
  readonly text: string;
  /** SHA-256 that binds it to the document, as the packaging policy says. */
  readonly digest: Uint8Array;
}

/** A name that nobody verified: the order's word, or the signer's. */
export interface ClaimedName {
  readonly name: string;
  readonly source: 'order' | 'signer';
}

/** What the signer declared, complete before any login. */
export interface WsdStatement {
  /** Exactly as shown. */
  readonly signText: string;
  /** ISO 639-1, of the sign text. */
  readonly language: string;
  /** `sha256`: of the document's bytes. */
  readonly document: { readonly title: string; readonly mimeType: string; readonly sha256: Uint8Array };
  /** Of the login, as orders name it, or BY_HAND. */
  readonly method: string;
  readonly transactionId: string;
  readonly declaredAt: Date;
  readonly handwriting?: WsdHandwriting;
  readonly claimedName?: ClaimedName;
}

export interface WsdLogin {
  /** The eID's login message, byte for byte; it is bound to the digest of the statement. */
  readonly message: Uint8Array;
  readonly receivedAt: Date;
  /** What was used to verify it, beyond what it carries itself. */
  readonly validation: ValidationData;
}

export interface WsdContent {
  readonly statement: WsdStatement;
  /** SHA-256 of each statement that one login confirms, this one among them, where these are several. */
  readonly bundle?: readonly Uint8Array[];
  /** Absent for a signature by hand alone. */
  readonly login?: WsdLogin;
  /** `uniqueId` is the eID's, and absent without one. */
  readonly signer: { readonly displayName: string; readonly uniqueId?: string };
}

/** When it was signed: at the login that was bound to the statement, or with the statement itself. */
export const signingTimeOf = ({ statement, login }: WsdContent): Date =>
  login?.receivedAt ?? statement.declaredAt;
