/** Writes identity evidence, and the reduced form of it that may be handed out. */
import { canonicalJson } from './canonical-json.ts';
import { commitmentHash, sha256Hex } from './commitment.ts';
import { EVIDENCE_VERSION, type IdentityEvidence, type KeptNationalId, type Proof } from './content.ts';

/** The evidence with its id: a hash over all the rest. */
export function withId(content: Omit<IdentityEvidence, 'id'>): IdentityEvidence {
  return { ...content, id: idOf(content) };
}

/** `urn:sha256:…` over the canonical JSON without the member `id`. */
export function idOf(content: Omit<IdentityEvidence, 'id'> & { readonly id?: string }): string {
  const { id: _, ...rest } = content;
  return `urn:sha256:${sha256Hex(canonicalJson(rest))}`;
}

/** What was proven, as bytes. */
export function writeIdentityEvidence(
  content: Omit<IdentityEvidence, 'id' | 'version' | 'form' | 'reducedFrom' | 'commitmentSha256'>,
): Buffer {
  const commitmentSha256 = commitmentHash(content.commitment).toString('hex');
  const whole = { ...content, version: EVIDENCE_VERSION, form: 'full', commitmentSha256 } as const;
  return Buffer.from(canonicalJson(withId(whole)), 'utf8');
}

/** A proof or what it is judged by, as evidence carries it. */
export const carried = (bytes: Uint8Array): { readonly sha256: string; readonly data: string } => ({
  sha256: sha256Hex(bytes),
  data: Buffer.from(bytes).toString('base64'),
});

export const hashedNationalId = ({
  value,
  salt,
}: {
  readonly value: string;
  readonly salt: string;
}): string => sha256Hex(`${salt}:${value}`);

/**
 * For others than the customer: no national id but its hash, whose salt stays in the full form, no birth date, no address, and
 * proofs by their hashes alone, since tokens carry the number in clear. It says the same and proves less.
 */
export function reduceEvidence(full: IdentityEvidence): Buffer {
  const { id, subject, proofs, context, ...rest } = full;
  const { birthDate: _birthDate, nationalId, ...kept } = subject;
  const reduced = {
    ...rest,
    form: 'reduced',
    reducedFrom: id,
    subject: { ...kept, ...(nationalId && { nationalId: reducedId(nationalId) }) },
    context: { ...context, ip: '', userAgent: '' },
    proofs: proofs.map(({ role, mediaType, sha256 }): Proof => ({ role, mediaType, sha256 })),
  } as const;
  return Buffer.from(canonicalJson(withId(reduced)), 'utf8');
}

const reducedId = (nationalId: KeptNationalId): KeptNationalId => {
  if (!('value' in nationalId)) return nationalId;
  const { country, type } = nationalId;
  return { country, type, sha256: hashedNationalId(nationalId) };
};
