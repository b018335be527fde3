/**
 * Verification of XML signatures (XMLDSig core validation, RFC 3275 section 3.2) on what an attacker may have written:
 * few algorithms, few transforms, references inside the document only, and the digested nodes handed to the caller, so
 * that nobody has to look for "the signed element" a second time.
 */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { publicKeyOf, readCertificateFields } from '@segl/pki/x509/certificate-fields';
import { BASE64, DS, RSA_SHA1, SHA1, signatureAlgorithms, XPATH, XPATH_FILTER2 } from './algorithms.ts';
import { canonicalize } from './c14n.ts';
import { findChildren, indexIds, isElement, pureBase64Of, type XmlElement } from './document.ts';
import {
  algorithmOf,
  invalidSignature,
  readC14nMethod,
  readReference,
  unaccepted,
  verifyReference,
  type AcceptAlgorithm,
  type C14nMethod,
  type DetachedData,
  type Digested,
  type VerifiedReference,
} from './reference.ts';

export type { VerifiedReference };

/** DER, or with the key that was read from it. */
export type PickedCertificate = Uint8Array | { readonly der: Uint8Array; readonly publicKey: KeyObject };

export interface XmlSignatureOptions {
  /**
   * Chooses the signer's certificate among those of KeyInfo (DER, in document order; the order means nothing). What it
   * returns is the key; whether it is trusted is decided by path validation, not here.
   */
  pickCertificate(certificates: readonly Uint8Array[]): PickedCertificate;
  /** Also accept RSA with SHA-1, and SHA-1 digests: for historic signatures only. */
  readonly allowSha1?: boolean;
  /** Also accept the base64 transform. */
  readonly allowBase64?: boolean;
  /** Also accept the transforms that leave all signatures of the document out. */
  readonly allowSideBySide?: boolean;
  /** Accept these identifiers only, of signatures, digests, canonicalizations and transforms; else all that are known. */
  readonly algorithms?: ReadonlySet<string>;
  /** Without it every reference must point into the document. */
  readonly detached?: DetachedData;
  /** Two Ids that differ in case only are taken for one: some readers look them up without regard to case. */
  readonly idsIgnoreCase?: boolean;
}

export interface VerifiedXmlSignature {
  /** Those into the document, in the order of SignedInfo; without detached data, all of them, and at least one. */
  readonly references: readonly VerifiedReference[];
  /** All of them, in the order of SignedInfo. */
  readonly digested: readonly Digested[];
  /** DER of every certificate in KeyInfo, in document order. */
  readonly certificates: readonly Uint8Array[];
  /** DER of the certificate whose key verified the signature. */
  readonly certificate: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signatureValue: Uint8Array;
  /** The octets that the signature value is over. */
  readonly signedInfo: Uint8Array;
}

/**
 * Each reference into the document costs a canonicalization of what it points to. Detached data is digested as it is, and
 * each only once: there its own number is the bound.
 */
export const MAX_REFERENCES = 20;

/** The signer's is looked for among all of them. */
export const MAX_CERTIFICATES = 50;

function acceptance(options: XmlSignatureOptions): AcceptAlgorithm {
  const { allowSha1, allowBase64, allowSideBySide, algorithms } = options;
  const unasked = new Set([
    ...(allowSha1 ? [] : [RSA_SHA1, SHA1]),
    ...(allowBase64 ? [] : [BASE64]),
    ...(allowSideBySide ? [] : [XPATH, XPATH_FILTER2]),
  ]);
  return (algorithm) => !unasked.has(algorithm) && (algorithms?.has(algorithm) ?? true);
}

/**
 * Verifies one ds:Signature: its form, Ids and algorithms, then each reference, then its value over SignedInfo. Throws
 * XMLDSIG_INVALID {why} for everything that is wrong with it, and passes on what `pickCertificate` throws. Says
 * nothing about the certificate but that its key fits.
 */
export function verifyXmlSignature(
  signature: XmlElement,
  options: XmlSignatureOptions,
): VerifiedXmlSignature {
  try {
    return verifyCore(signature, options);
  } catch (error) {
    if (isSeglError(error, 'XML_INVALID')) throw invalidSignature(reasonOf(error));
    throw error;
  }
}

function verifyCore(signature: XmlElement, options: XmlSignatureOptions): VerifiedXmlSignature {
  const accept = acceptance(options);
  const { signedInfo, signatureValue, keyInfo } = readParts(signature);
  const ids = indexIds(signature.document, { ignoreCase: options.idsIgnoreCase ?? false });
  const info = readSignedInfo(signedInfo, accept, options.detached !== undefined);
  const read = info.references.map((reference) => readReference(reference, ids, accept, options.detached));
  refuseRepetition(read.map(({ target }) => target));

  const certificates = keyInfo ? readCertificates(keyInfo) : [];
  const picked = options.pickCertificate(certificates);
  const certificate = picked instanceof Uint8Array ? picked : picked.der;
  const value = pureBase64Of(signatureValue, 'SignatureValue');
  const signed = canonicalize(signedInfo, info.c14n.algorithm, info.c14n.prefixes);
  // first what is referred to, then the value (EN 319 102-1 clause 5.2.7.4)
  const digested = read.map((reference) => verifyReference(reference, signature, accept));
  checkValue(signed, value, info.signatureAlgorithm, picked);

  return {
    references: digested.filter((one): one is VerifiedReference => 'element' in one),
    digested,
    certificates,
    certificate,
    signatureAlgorithm: info.signatureAlgorithm,
    signatureValue: value,
    signedInfo: signed,
  };
}

/** To digest one element again and again is only work. */
function refuseRepetition(targets: readonly (XmlElement | Uint8Array)[]): void {
  if (new Set(targets).size < targets.length) throw invalidSignature(adesProblems.of('xmldsig/same-target'));
}

interface SignatureParts {
  readonly signedInfo: XmlElement;
  readonly signatureValue: XmlElement;
  readonly keyInfo?: XmlElement;
}

/** ds:Signature is SignedInfo, SignatureValue, KeyInfo?, Object* in this order and nothing else. */
function readParts(signature: XmlElement): SignatureParts {
  if (!isElement(signature, DS, 'Signature'))
    throw invalidSignature(adesProblems.of('xmldsig/not-a-signature'));
  const [signedInfo, signatureValue, ...rest] = signature.elements;
  if (!isElement(signedInfo, DS, 'SignedInfo'))
    throw invalidSignature(adesProblems.of('xmldsig/signed-info-misplaced'));
  if (!isElement(signatureValue, DS, 'SignatureValue'))
    throw invalidSignature(adesProblems.of('xmldsig/signature-value-misplaced'));
  const keyInfo = isElement(rest[0], DS, 'KeyInfo') ? rest.shift() : undefined;
  const stranger = rest.find((element) => !isElement(element, DS, 'Object'));
  if (stranger) throw invalidSignature(adesProblems.of('xmldsig/signature-child', { name: stranger.name }));
  return { signedInfo, signatureValue, ...(keyInfo ? { keyInfo } : {}) };
}

interface SignedInfo {
  readonly c14n: C14nMethod;
  readonly signatureAlgorithm: string;
  readonly references: readonly XmlElement[];
}

function readSignedInfo(signedInfo: XmlElement, accept: AcceptAlgorithm, mayBeDetached: boolean): SignedInfo {
  const [c14n, method, ...references] = signedInfo.elements;
  if (!isElement(c14n, DS, 'CanonicalizationMethod'))
    throw invalidSignature(adesProblems.of('xmldsig/no-canonicalization-method'));
  if (!isElement(method, DS, 'SignatureMethod'))
    throw invalidSignature(adesProblems.of('xmldsig/no-signature-method'));
  // HMACOutputLength would be one: a truncated MAC is no signature
  if (method.elements.length > 0) {
    throw invalidSignature(adesProblems.of('xmldsig/signature-method-parameters'));
  }
  if (references.length === 0) throw invalidSignature(adesProblems.of('xmldsig/no-reference'));
  const counted = mayBeDetached ? references.filter(isInside) : references;
  if (counted.length > MAX_REFERENCES)
    throw invalidSignature(adesProblems.of('xmldsig/too-many-references', { limit: MAX_REFERENCES }));
  if (!references.every((reference) => isElement(reference, DS, 'Reference'))) {
    throw invalidSignature(adesProblems.of('xmldsig/signed-info-child'));
  }
  const signatureAlgorithm = algorithmOf(method);
  if (!signatureAlgorithms.has(signatureAlgorithm) || !accept(signatureAlgorithm)) {
    throw unaccepted('signature-algorithm', signatureAlgorithm);
  }
  return { c14n: readC14nMethod(c14n, accept), signatureAlgorithm, references };
}

/** Absent counts too: it is refused when it is read. */
const isInside = (reference: XmlElement): boolean => /^(#|$)/.test(reference.attribute('URI') ?? '');

/** Certificates of KeyInfo. RetrievalMethod and the rest would make us fetch or guess a key, so they are refused. */
function readCertificates(keyInfo: XmlElement): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  for (const child of keyInfo.elements) {
    if (isElement(child, DS, 'KeyName') || isElement(child, DS, 'KeyValue')) continue;
    if (!isElement(child, DS, 'X509Data'))
      throw invalidSignature(adesProblems.of('xmldsig/key-info-child', { name: child.name }));
    for (const entry of findChildren(child, DS, 'X509Certificate')) {
      if (certificates.length === MAX_CERTIFICATES) {
        throw invalidSignature(adesProblems.of('xmldsig/too-many-certificates', { limit: MAX_CERTIFICATES }));
      }
      certificates.push(pureBase64Of(entry, 'X509Certificate'));
    }
  }
  return certificates;
}

function checkValue(
  signed: Uint8Array,
  value: Uint8Array,
  algorithm: string,
  picked: PickedCertificate,
): void {
  const known = signatureAlgorithms.get(algorithm)!;
  const key = readKey(picked);
  const type = key.asymmetricKeyType;
  if (type !== known.keyType && !(type === 'rsa-pss' && known.pss)) {
    throw invalidSignature(adesProblems.of('xmldsig/key-mismatch'));
  }
  const method = known.pss
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : // RFC 6931 section 2.3.6: an ECDSA value in XML is r and s side by side
      ({ key, dsaEncoding: 'ieee-p1363' } as const);
  const good = verify(known.hash, signed, method, value);
  if (!good) throw invalidSignature(adesProblems.of('xmldsig/value-mismatch'));
}

function readKey(picked: PickedCertificate): KeyObject {
  try {
    return picked instanceof Uint8Array ? publicKeyOf(readCertificateFields(picked)) : picked.publicKey;
  } catch (error) {
    if (!isSeglError(error, 'ASN1_INVALID')) throw error;
    throw invalidSignature(adesProblems.of('xmldsig/certificate-unreadable'));
  }
}
