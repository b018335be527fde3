/** What a signature page tells. */
import type { Language } from './template.ts';

export interface SignaturePageData {
  readonly language: Language;
  /** Of the order, or of its first document. */
  readonly title: string;
  readonly requestId: string;
  readonly documents: readonly SignedDocument[];
  readonly signers: readonly PageSigner[];
  readonly sealedBy: string;
  readonly sealedAt: Date;
  readonly verifyUrl?: string;
  /** IANA name, e.g. `Europe/Copenhagen`. */
  readonly timeZone: string;
}

export interface SignedDocument {
  readonly title: string;
  /** Hex. */
  readonly sha256: string;
  readonly mimeType: string;
}

export interface PageSigner {
  readonly name: string;
  /** As readers know it, e.g. `NemID`. */
  readonly method: string;
  /** The eID's own identifier of the person, e.g. the PID. */
  readonly identifier: string;
  readonly signedAt: Date;
  readonly nationalIdVerified: boolean;
}
