/** Checking signatures, and which algorithms and keys are strong enough for that. */
import { constants, verify, type KeyObject } from 'node:crypto';
import { hasParameters, readAlgorithm, type AlgorithmIdentifier } from '../x509/certificate-fields.ts';
import { contextTag, type DerValue } from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import { pkiProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';

export type DigestName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

const digests: Readonly<Record<string, DigestName>> = {
  [Oid.sha1]: 'sha1',
  [Oid.sha256]: 'sha256',
  [Oid.sha384]: 'sha384',
  [Oid.sha512]: 'sha512',
};

/** Name of a digest algorithm for node:crypto; undefined when it is not one of SHA-1 and SHA-2. */
export const digestName = (oid: string): DigestName | undefined => digests[oid];

interface Scheme {
  readonly kind: 'RSA' | 'RSA-PSS' | 'EC';
  readonly digest: DigestName;
  readonly saltLength?: number;
}

const schemes: Readonly<Record<string, Scheme>> = {
  [Oid.sha1WithRsa]: { kind: 'RSA', digest: 'sha1' },
  [Oid.sha256WithRsa]: { kind: 'RSA', digest: 'sha256' },
  [Oid.sha384WithRsa]: { kind: 'RSA', digest: 'sha384' },
  [Oid.sha512WithRsa]: { kind: 'RSA', digest: 'sha512' },
  [Oid.ecdsaWithSha1]: { kind: 'EC', digest: 'sha1' },
  [Oid.ecdsaWithSha256]: { kind: 'EC', digest: 'sha256' },
  [Oid.ecdsaWithSha384]: { kind: 'EC', digest: 'sha384' },
  [Oid.ecdsaWithSha512]: { kind: 'EC', digest: 'sha512' },
};

const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
/** Larger keys only cost time: nothing in use is above 8192 bits. */
export const MAX_RSA_BITS = 8192;

/** What was strong enough once, and is taken only in evidence from that time. */
export interface Leniency {
  readonly allowSha1?: boolean;
  readonly allowRsa1024?: boolean;
}

/** Why this key is too weak, or undefined. RSA from 2048 bits (1024 where allowed), P-256 and up. */
export function keyProblem(key: KeyObject, { allowRsa1024 = false }: Leniency = {}): Problem | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    return bits >= (allowRsa1024 ? 1024 : 2048) && bits <= MAX_RSA_BITS
      ? undefined
      : pkiProblems.of('key/rsa-size', { bits });
  }
  if (key.asymmetricKeyType === 'ec') {
    const curve = details?.namedCurve ?? 'unnamed';
    return curves.has(curve) ? undefined : pkiProblems.of('key/curve', { curve });
  }
  return pkiProblems.of('key/type', { type: key.asymmetricKeyType ?? 'unknown' });
}

export interface SignatureCheck extends Leniency {
  readonly algorithm: AlgorithmIdentifier;
  /** Digest named apart from the algorithm, as in CMS; must agree where the algorithm names one too. */
  readonly digest?: DigestName;
  readonly key: KeyObject;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

/** Why the signature does not hold, or undefined when it does. Never throws for bad signatures. */
export function signatureProblem(check: SignatureCheck): Problem | undefined {
  let scheme: Scheme | undefined;
  try {
    scheme = schemeOf(check.algorithm, check.digest);
  } catch {
    return pkiProblems.of('signature/algorithm-malformed');
  }
  if (!scheme) {
    return check.algorithm.oid === Oid.rsaPss
      ? pkiProblems.of('signature/pss-unsupported')
      : pkiProblems.of('signature/algorithm-not-accepted', { oid: check.algorithm.oid });
  }
  if (scheme.kind !== 'RSA-PSS' && hasParameters(check.algorithm)) {
    return pkiProblems.of('signature/unexpected-parameters');
  }
  if (check.digest && check.digest !== scheme.digest) return pkiProblems.of('signature/digests-differ');
  if (scheme.digest === 'sha1' && !check.allowSha1) return pkiProblems.of('signature/sha1');
  const weak = keyProblem(check.key, check);
  if (weak) return weak;
  const type = check.key.asymmetricKeyType;
  const fits =
    scheme.kind === 'EC'
      ? type === 'ec'
      : type === 'rsa' || (type === 'rsa-pss' && scheme.kind === 'RSA-PSS');
  if (!fits) return pkiProblems.of('signature/key-mismatch');
  try {
    const key =
      scheme.kind === 'RSA-PSS'
        ? { key: check.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength! }
        : check.key;
    return verify(scheme.digest, check.data, key, check.signature)
      ? undefined
      : pkiProblems.of('signature/value-mismatch');
  } catch {
    return pkiProblems.of('signature/value-malformed');
  }
}

/** Scheme and digest that an algorithm identifier names; undefined for those that are not known. */
export function signatureScheme(
  algorithm: AlgorithmIdentifier,
  digest?: DigestName,
): { readonly scheme: 'RSA' | 'RSA-PSS' | 'EC'; readonly digest: DigestName } | undefined {
  try {
    const found = schemeOf(algorithm, digest);
    return found && { scheme: found.kind, digest: found.digest };
  } catch {
    return undefined;
  }
}

function schemeOf(algorithm: AlgorithmIdentifier, digest: DigestName | undefined): Scheme | undefined {
  if (algorithm.oid === Oid.rsaEncryption) return digest && { kind: 'RSA', digest };
  if (algorithm.oid === Oid.rsaPss) return pssScheme(algorithm);
  return schemes[algorithm.oid];
}

/** RSASSA-PSS-params (RFC 4055 3.1): hash, MGF1 with the same hash, salt of any length that fits a key, trailer 1. */
function pssScheme(algorithm: AlgorithmIdentifier): Scheme | undefined {
  const reader = algorithm.parameters?.sequence();
  const hash = reader?.optional(contextTag(0))?.explicit(contextTag(0));
  const mask = reader?.optional(contextTag(1))?.explicit(contextTag(1));
  const salt = reader?.optional(contextTag(2))?.explicit(contextTag(2)).number() ?? 20;
  const trailer = reader?.optional(contextTag(3))?.explicit(contextTag(3)).number() ?? 1;
  reader?.finish();
  const digest = hash ? plainDigest(hash) : 'sha1';
  const maskAlgorithm = mask && readAlgorithm(mask);
  const maskDigest = maskAlgorithm?.parameters ? plainDigest(maskAlgorithm.parameters) : 'sha1';
  const sound = (!maskAlgorithm || maskAlgorithm.oid === Oid.mgf1) && maskDigest === digest && trailer === 1;
  return sound && digest && salt <= MAX_RSA_BITS / 8
    ? { kind: 'RSA-PSS', digest, saltLength: salt }
    : undefined;
}

/** The digest of a parameter-free algorithm identifier; undefined when it is another one. */
function plainDigest(value: DerValue): DigestName | undefined {
  const algorithm = readAlgorithm(value);
  return hasParameters(algorithm) ? undefined : digestName(algorithm.oid);
}
