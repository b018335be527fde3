/** The policy that a signature says it was made by (ETSI EN 319 122-1 clause 5.2.9, EN 319 132-1 clause 5.2.9). */
import { readAlgorithm } from '@segl/pki/x509/certificate-fields';
import { Tag, type DerValue } from '@segl/pki/asn1/der';
import { Oid } from '@segl/pki/asn1/oids';
import { digestName } from '@segl/pki/algorithms/signature-algorithm';

export interface ReadPolicy {
  /** URI or OID; `implied`: the policy follows from the context. */
  readonly id: string;
  /** Of the policy document; `hash` as node:crypto names it. */
  readonly hash?: { readonly hash: string; readonly value: Uint8Array };
  /** Where it is published. */
  readonly uri?: string;
  readonly notice?: string;
}

/** The value of the signed attribute of a CMS. Throws ASN1_INVALID. */
export function readCmsPolicy(value: DerValue): ReadPolicy {
  if (value.tag === Tag.null) return { id: 'implied' };
  const reader = value.sequence();
  const id = reader.next().oid();
  const digest = reader.optional(Tag.sequence)?.sequence();
  const hash = digest && digestName(readAlgorithm(digest.next()).oid);
  const qualifiers = reader.optional(Tag.sequence)?.sequence().rest() ?? [];
  const uri = qualifiers
    .map((qualifier) => qualifier.sequence())
    .find((parts) => parts.next().oid() === Oid.signaturePolicyUri)
    ?.next()
    .text();
  return {
    id,
    ...(digest && hash && { hash: { hash, value: digest.next().octets() } }),
    ...(uri !== undefined && { uri }),
  };
}
