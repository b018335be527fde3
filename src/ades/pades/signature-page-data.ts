/** What a signature page tells. */
import type { Language } from './template.ts';

export interface SignaturePageData {
  readonly language: Language;
  /** Of the document, or of all of them. */
  readonly title: string;
  /** Of the order; absent when the signatures come from several, or from nowhere known. */
  readonly requestId?: string;
  readonly documents: readonly SignedDocument[];
  /** The documents are attached to the PDF, none is shown in it: the pages say so. */
  readonly documentsAside?: boolean;
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
  /** Name of the attachment that is this document, where there is one. */
  readonly attachedAs?: string;
}

export interface PageSigner {
  readonly name: string;
  /** As readers know it, e.g. `NemID`. */
  readonly method: string;
  /** The eID's own identifier of the person, e.g. the PID. */
  readonly identifier: string;
  readonly signedAt: Date;
  readonly nationalIdVerified: boolean;
  /** What was signed; said where there are several documents. */
  readonly document?: string;
}
