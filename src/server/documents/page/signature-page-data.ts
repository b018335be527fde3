/** What a signature page tells. */
import type { PageImage } from './drawing/image.ts';
import type { Language } from './template/template-texts.ts';

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
  /** Of all signers, in the order of time; shown by templates that have them. */
  readonly events?: readonly PageEvent[];
  readonly sealedBy: string;
  readonly sealedAt: Date;
  /** Of the page that verifies files. The same for all orders: whoever reads it off the paper learns of none. */
  readonly verifyUrl?: string;
  /** Of the order's graphical profile; shown by templates that leave room for one. */
  readonly logo?: PageImage;
  /** IANA name, e.g. `Europe/Copenhagen`; a template may have its own. */
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

/** Strokes as lists of points, in any unit, from the top left corner; or a name. */
export type PageHandwriting =
  | { readonly strokes: readonly (readonly (readonly [x: number, y: number])[])[] }
  | { readonly typed: string };

export interface PageSigner {
  readonly name: string;
  /** As readers know it, empty where there was no eID. */
  readonly method: string;
  /** The eID was used to log in, and the service witnessed the signature. */
  readonly byLogin?: boolean;
  /** The eID proves who acted in its app; that it was about the document is the service's own word. */
  readonly ownWord?: boolean;
  /** What the signer drew, or typed instead. */
  readonly handwriting?: PageHandwriting;
  /** The eID's own identifier of the person, empty where nobody was identified. */
  readonly identifier: string;
  readonly signedAt: Date;
  readonly nationalIdVerified: boolean;
  /** What was signed: its place among the documents, the first when absent. */
  readonly documentIndex?: number;
}

/** Something that happened while a signature was made. Its data stays in the package. */
export interface PageEvent {
  readonly at: Date;
  /** As packages name it, e.g. `presented-document-to-signer`. */
  readonly type: string;
  /** Name of the signer. */
  readonly signer: string;
  /** The document that it is about, by its place; absent: all that the signer signed. */
  readonly documentIndex?: number;
}
