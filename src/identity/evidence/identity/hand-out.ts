/** What is handed out of identity evidence as the native signature: what the eID itself signed, where it did. */
import { NATIVE_SIGNATURE } from './proofs/bankid-signature.ts';
import { bytesOf, readIdentityEvidence } from './read.ts';

/** Undefined: the eID signed nothing, and the evidence stands for itself. Throws EVIDENCE_INVALID. */
export function handedOut(
  evidence: Uint8Array,
): { readonly bytes: Uint8Array; readonly mimeType: string } | undefined {
  const native = readIdentityEvidence(evidence).proofs.find(({ role }) => role === NATIVE_SIGNATURE);
  return native && { bytes: bytesOf(native), mimeType: native.mediaType };
}
