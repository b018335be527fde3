/**
 * How large what is signed may be, so that its package can be made and read. Each limit follows from the one around it:
 * the package holds the native signature in base64, and that the document, in base64 too.
 */
import { DEFAULT_LIMITS } from '@segl/ades/xml/scan';

/** Bytes of a package: what its reader takes. */
export const MAX_PACKAGE = DEFAULT_LIMITS.bytes;

/** Of a package, for its seal and for who signed what, where and when. */
const SEAL_ROOM = 4 << 20;

/** Of a package, for certificates and answers of issuers about the signature, which are in it in base64. */
const EVIDENCE_ROOM = 4 << 20;

/** Of a native signature, for what is in it beside the document. */
const NATIVE_ROOM = 1 << 20;

/** Clients of eIDs may write base64 in lines, each with a carriage return and a line feed. */
const LINE = 76;
const LINE_WITH_END = LINE + 2;

/** Bytes as base64. */
const base64 = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Most bytes that are at most so many in base64. */
const fromBase64 = (characters: number): number => 3 * Math.floor(characters / 4);

/** Bytes of a native signature. */
export const MAX_NATIVE = fromBase64(MAX_PACKAGE - SEAL_ROOM - EVIDENCE_ROOM);

/** Bytes of a document that is signed. */
export const MAX_SIGNED = fromBase64(Math.floor((MAX_NATIVE - NATIVE_ROOM) / LINE_WITH_END) * LINE);

/** Bytes that a native signature over so many may have. */
export function nativeBytes(signed: number): number {
  const text = base64(signed);
  return text + Math.ceil(text / LINE) * (LINE_WITH_END - LINE) + NATIVE_ROOM;
}

/**
 * Whether a package can hold what was signed. `native`: bytes of the signature; `evidence`: of certificates and answers
 * about it; `original`: of the document where that is in the package beside it.
 */
export const fitsPackage = ({
  native,
  evidence,
  original = 0,
}: {
  readonly native: number;
  readonly evidence: number;
  readonly original?: number;
}): boolean => base64(native) + base64(evidence) + base64(original) + SEAL_ROOM <= MAX_PACKAGE;

/** Bytes of a document that can be signed, where the service takes documents of at most `taken` bytes. */
export const largestSigned = (taken: number): number => Math.min(taken, MAX_SIGNED);
