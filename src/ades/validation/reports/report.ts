/**
 * What a validation tells: indications and sub-indications of ETSI EN 319 102-1 (clause 5.1.3), the checks behind them,
 * and the evidence. Plain data; `json-report.ts` writes it for programs.
 */
import type { Problem } from '@segl/problem/problem';

/** Says a problem in the reader's language, as a part of a sentence. */
export type Tell = (problem: Problem) => string;

export type MainIndication = 'TOTAL-PASSED' | 'TOTAL-FAILED' | 'INDETERMINATE';

/** EN 319 102-1 tables 5 and 6. */
export type SubIndication =
  | 'FORMAT_FAILURE'
  | 'HASH_FAILURE'
  | 'SIG_CRYPTO_FAILURE'
  | 'REVOKED'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  | 'SIG_CONSTRAINTS_FAILURE'
  | 'CHAIN_CONSTRAINTS_FAILURE'
  | 'CERTIFICATE_CHAIN_GENERAL_FAILURE'
  | 'CRYPTO_CONSTRAINTS_FAILURE'
  | 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'
  | 'TIMESTAMP_ORDER_FAILURE'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'REVOKED_NO_POE'
  | 'REVOKED_CA_NO_POE'
  | 'OUT_OF_BOUNDS_NO_POE'
  | 'NO_POE'
  | 'POLICY_PROCESSING_ERROR'
  | 'TRY_LATER'
  | 'SIGNED_DATA_NOT_FOUND'
  | 'GENERIC';

export interface Conclusion {
  readonly indication: MainIndication;
  /** Absent when passed. */
  readonly subIndication?: SubIndication;
}

/** Why there is nothing to judge in a file: neither does it hold, nor was it changed. */
export type Unjudged = 'no-signature' | 'encrypted' | 'unsupported';

/** The building blocks of EN 319 102-1 clause 5.2, and what is ours: the changes behind a signature of a PDF. */
export type Block =
  | 'format'
  | 'signing-certificate'
  | 'cryptography'
  | 'constraints'
  | 'certificate'
  | 'time-stamps'
  | 'changes';

export interface Check {
  readonly block: Block;
  /** Stable name, lower case with hyphens. */
  readonly check: string;
  readonly outcome: 'passed' | 'warning' | 'failed' | 'not-compared';
  /** What was found: what is wrong, or what the check passed on. */
  readonly problem?: Problem;
}

export interface CertificateReport {
  /** RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  readonly commonName: string;
  /** Upper-case hex. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256, hex. */
  readonly sha256: string;
  readonly isTrustAnchor: boolean;
  /** What is told about its revocation, and by whom. */
  readonly status?: StatusReport;
}

export interface StatusReport {
  readonly status: 'good' | 'revoked';
  readonly revokedAt?: Date;
  readonly reason?: string;
  readonly source: 'ocsp' | 'crl';
  /** `carried`: in the file; else asked for now. */
  readonly from: 'carried' | 'asked';
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
}

export interface StampReport extends Conclusion {
  readonly kind: StampKind;
  /** Name in its format, e.g. ArchiveTimeStamp or the field of a PDF. */
  readonly name: string;
  /** Absent when it cannot be read or its imprint does not fit. */
  readonly time?: Date;
  readonly authority?: string;
  readonly checks: readonly Check[];
  /** Leaf first. */
  readonly path: readonly CertificateReport[];
}

/** `references` are over validation data only, and prove nothing about the signature. */
export type StampKind = 'signature' | 'archive' | 'document' | 'references';

export interface SignatureReport extends Conclusion {
  /** `signature-1`, `signature-2` … in the order of the file. */
  readonly id: string;
  readonly format: SignatureFormat;
  /** B, T, LT, LTA, or C, X, XL, A; absent where the format has no levels. */
  readonly level?: string;
  readonly name?: string;
  readonly signer?: string;
  readonly claimedTime?: Date;
  /** The earliest time at which the signature is proven to have existed. */
  readonly bestSignatureTime: Date;
  /** What proves it. */
  readonly proof: Problem;
  readonly signatureAlgorithm?: string;
  /** SHA-256 (hex) of what the signature value is over: SignedInfo, or the signed attributes. */
  readonly signedSha256?: string;
  /** Base64. */
  readonly signatureValue?: string;
  /** Of EPES signatures. */
  readonly policy?: PolicyReport;
  /** Of the seal of a witness: what the service says that it witnessed. */
  readonly witnessed?: WitnessedReport;
  readonly checks: readonly Check[];
  /** Leaf first. */
  readonly path: readonly CertificateReport[];
  readonly timestamps: readonly StampReport[];
  /** Of PDFs. */
  readonly coversFile?: boolean;
  /** What later revisions of a PDF changed. */
  readonly changes?: readonly Problem[];
  /** Of XML signatures: what xmldsigjs makes of the core. */
  readonly secondOpinion?: SecondOpinion;
}

/** A signature policy, as the signature names it. */
export interface PolicyReport {
  /** URI or OID; `implied`: it follows from the context. */
  readonly id: string;
  readonly uri?: string;
  /** As node:crypto names it. */
  readonly digestAlgorithm?: string;
  /** Of the policy document, hex. */
  readonly digest?: string;
  /** Its document is at hand, and the hash is compared. */
  readonly isKnown: boolean;
}

/**
 * What a person declared before the service as witness, where no eID signs. The seal of the statement proves it; a login beside
 * it is judged as a signature of its own.
 */
export interface WitnessedReport {
  /** How the signer was told apart: by an eID's login that is bound to the statement, or by nothing but handwriting. */
  readonly by: 'login' | 'handwriting';
  /** Of the login, as orders name it, or `handwritten`. */
  readonly method: string;
  readonly signer: string;
  /** The eID's; absent where nobody verified who it was. */
  readonly signerId?: string;
  /** Whose word the name is. The order and the signer claim it; only the eID has verified it. */
  readonly nameFrom: 'eid' | 'order' | 'signer';
  readonly declaredAt: Date;
  /** When the login was received, else when it was declared. */
  readonly signedAt: Date;
  /** Exactly as it was shown. */
  readonly signText: string;
  /** ISO 639-1, of `signText`. */
  readonly language: string;
  readonly title: string;
  readonly mimeType: string;
  /** Hex. */
  readonly documentSha256: string;
  readonly transactionId: string;
  /** SVG path data on paper of 1200 by 400 units, or a typed name; only if it belongs to the document. */
  readonly handwriting?: { readonly kind: 'drawn' | 'typed'; readonly text: string };
}

/** The last: what the readers of other formats name theirs. */
export type SignatureFormat =
  'XAdES' | 'XMLDSig' | 'PAdES' | 'PDF' | 'document time-stamp' | 'CAdES' | 'CMS' | (string & {});

export interface SecondOpinion {
  readonly by: string;
  readonly outcome: 'valid' | 'invalid' | 'unable';
  readonly problem?: Problem;
}

/** The last: what the readers of other formats name theirs. */
export type FileFormat = 'ASiC-E' | 'XML' | 'PDF' | 'CMS' | 'unknown' | (string & {});

export interface TrailEntry {
  readonly at: Date;
  readonly type: string;
  readonly data: readonly { readonly name: string; readonly value: string }[];
}

/** What a file tells besides its signatures; only what a signature that holds covers. */
export interface PackageReport {
  readonly title: string;
  readonly mimeType: string;
  /** Hex. */
  readonly documentSha256: string;
  /** Of the native signature inside, hex. */
  readonly nativeSha256: string;
  readonly signer: string;
  /** The eID's identifier; absent where nobody verified who signed. */
  readonly signerId?: string;
  readonly signingTime: Date;
  readonly signatureType: string;
  readonly trail: readonly TrailEntry[];
}

export interface ValidationReport extends Conclusion {
  readonly format: FileFormat;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly validatedAt: Date;
  /** Why the file as a whole cannot be read or judged. */
  readonly problem?: Problem;
  /** Goes with INDETERMINATE / GENERIC, for which EN 319 102-1 has no indication of its own. */
  readonly unjudged?: Unjudged;
  readonly signatures: readonly SignatureReport[];
  readonly package?: PackageReport;
  /** Documents that can be taken out of the file. */
  readonly documents: readonly DocumentReport[];
  /** Packages that are attached to a PDF; files of a container that are signed by themselves. */
  readonly parts: readonly { readonly name: string; readonly report: ValidationReport }[];
}

/** In front of the ids of its signatures, where those of the whole file stand beside each other. */
export const partPrefix = (index: number): string => `part-${index + 1}-`;
/**
 * `original`: the PDF as it was before it was signed. `signed`: what a signature or a package is about. `attached` to a
 * PDF. `member` of a container.
 */
export type DocumentRole = 'original' | 'signed' | 'attached' | 'member';

export interface DocumentReport {
  readonly role: DocumentRole;
  /** The attachment or member that it is inside of. */
  readonly within?: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** The worst one: a failure before doubt, doubt before success. */
export function worstOf(all: readonly Conclusion[]): Conclusion {
  const found =
    all.find(({ indication }) => indication === 'TOTAL-FAILED') ??
    all.find(({ indication }) => indication === 'INDETERMINATE');
  if (!found) return { indication: 'TOTAL-PASSED' };
  const { indication, subIndication } = found;
  return { indication, ...(subIndication && { subIndication }) };
}

/** Sub-indications that go with TOTAL-FAILED; all others leave it open. */
const FAILURES: ReadonlySet<SubIndication> = new Set([
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'REVOKED',
  'EXPIRED',
  'NOT_YET_VALID',
]);

export const concluding = (subIndication: SubIndication | undefined): Conclusion =>
  subIndication
    ? { indication: FAILURES.has(subIndication) ? 'TOTAL-FAILED' : 'INDETERMINATE', subIndication }
    : { indication: 'TOTAL-PASSED' };
