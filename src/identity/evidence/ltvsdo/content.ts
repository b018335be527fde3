/** What an LTV-SDO tells: the signature that a person made, and everything that is needed to believe it in ten years. */
import type { ValidationData } from '@segl/pki/revocation/validation-data';

/** Namespace of what we write; packages of the older 1.0 are read as well. */
export const LTV_11 = 'https://id.signicat.com/definitions/xsd/LtvSdo-1.1';
export const LTV_10 = 'https://id.signicat.com/definitions/xsd/LtvSdo-1.0';

/** Content type under which packages are served. */
export const LTV_SDO_MEDIA_TYPE = 'application/x-ltv-sdo';

/** Format and MIME type of a native XML signature, as NativeSdo names them. */
export const NATIVE_XMLDSIG = {
  format: 'urn:ksi:names:SAML:2.0:df:xmldsig',
  mimeType: 'application/x-xml-dsig',
  version: '1.0',
} as const;

export interface SignerAttribute {
  readonly name: string;
  readonly nameSpace: string;
  readonly value: string;
}

/** The number by which a state knows the signer. */
export interface NationalId {
  readonly id: string;
  /** ISO 3166-1 alpha-2. */
  readonly nationality: string;
  /** What it is called there, e.g. FNR, PERSNR, HETU. */
  readonly type: string;
}

export interface SignerDescription {
  readonly displayName: string;
  /** The eID's own identifier of the person stable over sessions. */
  readonly uniqueId: string;
  readonly nationalId?: NationalId;
  readonly attributes: readonly SignerAttribute[];
}

export interface DocumentDescription {
  readonly mimeType: string;
  readonly title: string;
  /** SHA-256 of the document that was signed. */
  readonly sha256: Uint8Array;
}

export interface SignatureDescription {
  /** The eID by its name. */
  readonly typeFriendlyName: string;
  /** e.g. XML Signature. */
  readonly formatFriendlyName: string;
  readonly signingTime: Date;
}

export interface NativeSignature {
  readonly format: string;
  readonly mimeType: string;
  readonly version: string;
  /** What the eID produced, byte for byte. */
  readonly bytes: Uint8Array;
  /** From the packager's own trusted clock. */
  readonly signingTime: Date;
  /** What was used to verify it, beyond what it carries itself. */
  readonly validation: ValidationData;
  /** Place in the bundle of documents that one signature covers, from 0. */
  readonly bundleIndex?: number;
  /** The signed document, where the native signature does not carry it. */
  readonly originalDocument?: Uint8Array;
}

/** A piece of software that took part: server modules, the runtime, the client's `user-agent`. */
export interface Component {
  readonly name: string;
  readonly version: string;
}

/** Where and with what something was done. `components` has at least one. */
export interface ProcessContext {
  /** The eID's family name. */
  readonly type: string;
  readonly components: readonly Component[];
  readonly transactionId: string;
}

export interface DataEntry {
  readonly name: string;
  readonly value: string;
}

export interface AuditEvent {
  readonly at: Date;
  /** Lower case with hyphens, e.g. presented-document-to-signer. */
  readonly type: string;
  /** At least one. */
  readonly data: readonly DataEntry[];
}

export interface LtvSdoContent {
  readonly signer: SignerDescription;
  readonly document: DocumentDescription;
  readonly signature: SignatureDescription;
  /** URN of the packaging policy. */
  readonly packagingPolicy: string;
  readonly native: NativeSignature;
  readonly creation: ProcessContext;
  readonly verification: ProcessContext;
  /** The caller's text, kept character for character. */
  readonly externalReference?: string;
  readonly creationAuditTrail: readonly AuditEvent[];
  /** May be empty: some packages have none. */
  readonly verificationAuditTrail: readonly AuditEvent[];
}
