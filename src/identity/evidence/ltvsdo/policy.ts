/** The policies of seals and witnessed signatures, which are published with the service, as data files that never change once they were used. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { packageFile } from '@segl/problem/paths';

/** How packages are sealed, and which form a sealed package has. */
export const SEAL_SIGNATURE_POLICY = 'urn:segl:signaturepolicy:seal:1.0';

/** How signatures that the service witnessed are made, verified and packaged. */
export const WSD_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:wsd:1.1:1.0';

/** The same for log-ons that leave identity evidence behind. */
export const WSD_IDENTITY_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:wsd:1.1:1.1';

/** Both, for one log-on that confirms statements about several documents. */
export const WSD_BUNDLE_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:wsd:1.1:1.2';
export const WSD_IDENTITY_BUNDLE_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:wsd:1.1:1.3';

export const isWitnessedBundlePolicy = (urn: string): boolean =>
  urn === WSD_BUNDLE_PACKAGING_POLICY || urn === WSD_IDENTITY_BUNDLE_PACKAGING_POLICY;

export const isWitnessedPolicy = (urn: string): boolean =>
  urn === WSD_PACKAGING_POLICY || urn === WSD_IDENTITY_PACKAGING_POLICY || isWitnessedBundlePolicy(urn);

/** How witnessed signatures (WSD) are sealed, and which form they have. */
export const WSD_SIGNATURE_POLICY = 'urn:segl:signaturepolicy:wsd:1.0';

const files = {
  [WSD_PACKAGING_POLICY]: 'packaging-policy-wsd-1.0.txt',
  [WSD_IDENTITY_PACKAGING_POLICY]: 'packaging-policy-wsd-1.1.txt',
  [WSD_BUNDLE_PACKAGING_POLICY]: 'packaging-policy-wsd-1.2.txt',
  [WSD_IDENTITY_BUNDLE_PACKAGING_POLICY]: 'packaging-policy-wsd-1.3.txt',
  [SEAL_SIGNATURE_POLICY]: 'signature-policy-1.0.txt',
  [WSD_SIGNATURE_POLICY]: 'signature-policy-wsd-1.0.txt',
} as const;

export type PolicyId = keyof typeof files;

/** All of these. */
export const POLICIES = Object.keys(files) as readonly PolicyId[];

export interface PolicyDocument {
  readonly id: PolicyId;
  /** Last part of the address under which it is published. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly sha256: Uint8Array;
}

/** The document of a policy that is published; undefined for all other ids. */
export const policyDocument = (id: string): Uint8Array | undefined => {
  const known = POLICIES.find((one) => one === id);
  return known && readPolicy(known).bytes;
};

/** As seals name the policy that they are made under. */
export const namedPolicy = (id: PolicyId): { readonly id: PolicyId; readonly hash: Uint8Array } => ({
  id,
  hash: readPolicy(id).sha256,
});

const documents = new Map<PolicyId, PolicyDocument>();

/** A published policy document with the hash that signatures carry. Read once. */
export function readPolicy(id: PolicyId): PolicyDocument {
  const known = documents.get(id);
  if (known) return known;
  const fileName = files[id];
  const bytes = readFileSync(packageFile(import.meta.url, 'policies', fileName));
  const document: PolicyDocument = {
    id,
    fileName,
    bytes,
    sha256: createHash('sha256').update(bytes).digest(),
  };
  documents.set(id, document);
  return document;
}
