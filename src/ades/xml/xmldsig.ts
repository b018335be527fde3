/**
 * Verification of XML signatures (XMLDSig core validation, RFC 3275 section 3.2) on what an attacker may have written:
 * few algorithms, few transforms, references inside the document only, and the digested nodes handed to the caller, so
 * that nobody has to look for "the signed element" a second time.
 */
import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { XmlElement } from 'libxml2-wasm';
import { SeglError, isSeglError } from '../../errors.ts';
import { publicKeyOf, readCertificateFields } from '../certificate-fields.ts';
import { BASE64, DS, ENVELOPED_SIGNATURE, RSA_SHA1, SHA1 } from './algorithms.ts';
import { digestAlgorithms, signatureAlgorithms } from './algorithms.ts';
import { C14N_10, C14N_EXCLUSIVE, canonicalize, canonicalizeWithout, isC14nAlgorithm } from './c14n.ts';
import type { C14nAlgorithm } from './c14n.ts';
import { attribute, childElements, decodeBase64, findChildren, indexIds, isElement } from './document.ts';
import { pureTextOf, textOf } from './document.ts';

export interface XmlSignatureOptions {
  /**
   * Chooses the signer's certificate among those of KeyInfo (DER, in document order; the order means nothing). What it
   * returns is the key; whether it is trusted is decided by path validation, not here.
   */
  pickCertificate(certificates: readonly Uint8Array[]): Uint8Array;
  /** Also accept RSA with SHA-1, and SHA-1 digests: for historic signatures only. */
  readonly allowSha1?: boolean;
  /** Also accept the base64 transform. */
  readonly allowBase64?: boolean;
}

export interface VerifiedReference {
  /** As written: '' or `#id`. */
  readonly uri: string;
  readonly id?: string;
  readonly type?: string;
  /** The very node that was digested; for `''` the root element. Lives as long as its document. */
  readonly element: XmlElement;
  /** The octets that were digested. */
  readonly bytes: Uint8Array;
}

export interface VerifiedXmlSignature {
  /** In the order of SignedInfo; at least one. */
  readonly references: readonly VerifiedReference[];
  /** DER of every certificate in KeyInfo, in document order. */
  readonly certificates: readonly Uint8Array[];
  /** DER of the certificate whose key verified the signature. */
  readonly certificate: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signatureValue: Uint8Array;
  /** The octets that the signature value is over. */
  readonly signedInfo: Uint8Array;
}

/** Each reference costs a canonicalization of what it points to. */
const MAX_REFERENCES = 20;

function invalid(why: string): SeglError {
  return new SeglError('XMLDSIG_INVALID', { why });
}

/**
 * Verifies one ds:Signature: its value over SignedInfo, then each reference. Throws XMLDSIG_INVALID for everything that
 * is wrong with it, and passes on what `pickCertificate` throws. Says nothing about the certificate but that its key fits.
 */
export function verifyXmlSignature(
  signature: XmlElement,
  options: XmlSignatureOptions,
): VerifiedXmlSignature {
  try {
    return verifyCore(signature, options);
  } catch (error) {
    if (isSeglError(error, 'XML_INVALID')) throw invalid(String(error.params['why']));
    throw error;
  }
}

function verifyCore(signature: XmlElement, options: XmlSignatureOptions): VerifiedXmlSignature {
  const { signedInfo, signatureValue, keyInfo } = readParts(signature);
  const ids = indexIds(signature.doc);
  const info = readSignedInfo(signedInfo);

  const certificates = keyInfo ? readCertificates(keyInfo) : [];
  const certificate = options.pickCertificate(certificates);
  const value = decodeBase64(pureTextOf(signatureValue), 'SignatureValue');
  const signed = canonicalize(signedInfo, info.c14n.algorithm, info.c14n.prefixes);
  checkValue(signed, value, info.signatureAlgorithm, certificate, options);

  const references = info.references.map((reference) => verifyReference(reference, signature, ids, options));
  return {
    references,
    certificates,
    certificate,
    signatureAlgorithm: info.signatureAlgorithm,
    signatureValue: value,
    signedInfo: signed,
  };
}

interface SignatureParts {
  readonly signedInfo: XmlElement;
  readonly signatureValue: XmlElement;
  readonly keyInfo?: XmlElement;
}

/** ds:Signature is SignedInfo, SignatureValue, KeyInfo?, Object* in this order and nothing else. */
function readParts(signature: XmlElement): SignatureParts {
  if (!isElement(signature, DS, 'Signature')) throw invalid('it is not a ds:Signature');
  const [signedInfo, signatureValue, ...rest] = childElements(signature);
  if (!isElement(signedInfo, DS, 'SignedInfo')) throw invalid('SignedInfo is not where it belongs');
  if (!isElement(signatureValue, DS, 'SignatureValue'))
    throw invalid('SignatureValue is not where it belongs');
  const keyInfo = isElement(rest[0], DS, 'KeyInfo') ? rest.shift() : undefined;
  const stranger = rest.find((element) => !isElement(element, DS, 'Object'));
  if (stranger) throw invalid(`Signature has an unexpected ${stranger.name}`);
  return { signedInfo, signatureValue, ...(keyInfo ? { keyInfo } : {}) };
}

interface C14nMethod {
  readonly algorithm: C14nAlgorithm;
  readonly prefixes: readonly string[];
}

interface SignedInfo {
  readonly c14n: C14nMethod;
  readonly signatureAlgorithm: string;
  readonly references: readonly XmlElement[];
}

function readSignedInfo(signedInfo: XmlElement): SignedInfo {
  const [c14n, method, ...references] = childElements(signedInfo);
  if (!isElement(c14n, DS, 'CanonicalizationMethod')) throw invalid('it has no CanonicalizationMethod');
  if (!isElement(method, DS, 'SignatureMethod')) throw invalid('it has no SignatureMethod');
  // HMACOutputLength would be one: a truncated MAC is no signature
  if (childElements(method).length > 0) throw invalid('SignatureMethod has parameters');
  if (references.length === 0) throw invalid('it refers to nothing');
  if (references.length > MAX_REFERENCES) throw invalid(`it has more than ${MAX_REFERENCES} references`);
  if (!references.every((reference) => isElement(reference, DS, 'Reference'))) {
    throw invalid('SignedInfo has more than references');
  }
  return { c14n: readC14nMethod(c14n), signatureAlgorithm: algorithmOf(method), references };
}

function readC14nMethod(method: XmlElement): C14nMethod {
  const algorithm = algorithmOf(method);
  if (!isC14nAlgorithm(algorithm)) throw invalid(`the algorithm ${algorithm} is not accepted here`);
  const [parameter, ...more] = childElements(method);
  if (!parameter) return { algorithm, prefixes: [] };
  const inclusive =
    algorithm === C14N_EXCLUSIVE && isElement(parameter, C14N_EXCLUSIVE, 'InclusiveNamespaces');
  if (!inclusive || more.length > 0) throw invalid(`${algorithm} has unexpected parameters`);
  const list = attribute(parameter, 'PrefixList') ?? '';
  return { algorithm, prefixes: list.split(/[ \t\r\n]+/).filter((prefix) => prefix !== '') };
}

function algorithmOf(element: XmlElement): string {
  const algorithm = attribute(element, 'Algorithm');
  if (!algorithm) throw invalid(`${element.name} names no algorithm`);
  return algorithm;
}

/** Certificates of KeyInfo. RetrievalMethod and the rest would make us fetch or guess a key, so they are refused. */
function readCertificates(keyInfo: XmlElement): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  for (const child of childElements(keyInfo)) {
    if (isElement(child, DS, 'KeyName') || isElement(child, DS, 'KeyValue')) continue;
    if (!isElement(child, DS, 'X509Data')) throw invalid(`KeyInfo has an unexpected ${child.name}`);
    for (const entry of findChildren(child, DS, 'X509Certificate')) {
      certificates.push(decodeBase64(pureTextOf(entry), 'X509Certificate'));
    }
  }
  return certificates;
}

function checkValue(
  signed: Uint8Array,
  value: Uint8Array,
  algorithm: string,
  certificate: Uint8Array,
  options: XmlSignatureOptions,
): void {
  const known = signatureAlgorithms.get(algorithm);
  if (!known || (algorithm === RSA_SHA1 && !options.allowSha1)) {
    throw invalid(`the signature algorithm ${algorithm} is not accepted here`);
  }
  const key = readKey(certificate);
  if (key.asymmetricKeyType !== known.keyType) throw invalid('the algorithm does not fit the key');
  // RFC 6931 section 2.3.6: an ECDSA value in XML is r and s side by side
  const good = verify(known.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, value);
  if (!good) throw invalid('the signature value does not fit SignedInfo and the certificate');
}

function readKey(certificate: Uint8Array): KeyObject {
  try {
    return publicKeyOf(readCertificateFields(certificate));
  } catch (error) {
    if (!isSeglError(error, 'ASN1_INVALID')) throw error;
    throw invalid('the certificate cannot be read');
  }
}

function verifyReference(
  reference: XmlElement,
  signature: XmlElement,
  ids: ReadonlyMap<string, XmlElement>,
  options: XmlSignatureOptions,
): VerifiedReference {
  const uri = attribute(reference, 'URI');
  if (uri === undefined) throw invalid('a reference has no URI');
  const element = resolve(uri, signature, ids);
  const { transforms, hash, digest } = readReference(reference, options);
  const bytes = transform(element, transforms, signature, uri);
  if (!createHash(hash).update(bytes).digest().equals(digest)) {
    throw invalid(`the digest of "${uri}" does not fit; what it refers to was changed`);
  }
  const id = attribute(reference, 'Id');
  const type = attribute(reference, 'Type');
  return {
    uri,
    ...(id === undefined ? {} : { id }),
    ...(type === undefined ? {} : { type }),
    element,
    bytes,
  };
}

/** Same-document references only (RFC 3275 section 4.3.3.3): the whole document or one element by its Id. */
function resolve(uri: string, signature: XmlElement, ids: ReadonlyMap<string, XmlElement>): XmlElement {
  if (uri === '') return signature.doc.root;
  if (!/^#[^()]+$/.test(uri)) throw invalid(`the reference "${uri}" does not point into the document`);
  const element = ids.get(uri.slice(1));
  if (!element) throw invalid(`there is no element for the reference "${uri}"`);
  return element;
}

interface ReferenceParts {
  readonly transforms: readonly XmlElement[];
  /** As node:crypto names it. */
  readonly hash: string;
  readonly digest: Uint8Array;
}

/** ds:Reference is Transforms?, DigestMethod, DigestValue. */
function readReference(reference: XmlElement, options: XmlSignatureOptions): ReferenceParts {
  const children = childElements(reference);
  const transforms = isElement(children[0], DS, 'Transforms') ? childElements(children.shift()!) : [];
  const [method, value, ...more] = children;
  if (!isElement(method, DS, 'DigestMethod') || !isElement(value, DS, 'DigestValue') || more.length > 0) {
    throw invalid('a reference is not built as it must be');
  }
  const algorithm = algorithmOf(method);
  const hash = digestAlgorithms.get(algorithm);
  if (!hash || childElements(method).length > 0 || (algorithm === SHA1 && !options.allowSha1)) {
    throw invalid(`the digest algorithm ${algorithm} is not accepted here`);
  }
  for (const transform of transforms) checkTransform(transform, options);
  return { transforms, hash, digest: decodeBase64(pureTextOf(value), 'DigestValue') };
}

function checkTransform(transform: XmlElement, options: XmlSignatureOptions): void {
  if (!isElement(transform, DS, 'Transform')) throw invalid('Transforms has more than transforms');
  const algorithm = algorithmOf(transform);
  if (isC14nAlgorithm(algorithm)) return;
  const parametersFree = childElements(transform).length === 0;
  if (algorithm === ENVELOPED_SIGNATURE && parametersFree) return;
  if (algorithm === BASE64 && parametersFree && options.allowBase64) return;
  throw invalid(`the transform ${algorithm} is not accepted here`);
}

/**
 * The octets of a reference: [enveloped-signature] then [one canonicalization], or base64 alone. Without a
 * canonicalization the node-set is written as Canonical XML 1.0 (RFC 3275 section 4.3.3.2).
 */
function transform(
  element: XmlElement,
  transforms: readonly XmlElement[],
  signature: XmlElement,
  uri: string,
): Uint8Array {
  const steps = [...transforms];
  if (steps.length === 1 && algorithmOf(steps[0]!) === BASE64) {
    return decodeBase64(textOf(element), `what "${uri}" refers to`);
  }
  const enveloped = steps.length > 0 && algorithmOf(steps[0]!) === ENVELOPED_SIGNATURE;
  if (enveloped) steps.shift();
  const last = steps.shift();
  const method = last ? readC14nMethod(last) : ({ algorithm: C14N_10, prefixes: [] } as const);
  if (steps.length > 0) throw invalid(`the transforms of "${uri}" are not accepted in this order`);
  if (!enveloped) return canonicalize(element, method.algorithm, method.prefixes);
  // what an enveloped signature covers is the document around it, and only its own element is left out
  if (!element.isSameNode(element.doc.root))
    throw invalid('an enveloped signature must cover the whole document');
  return canonicalizeWithout(element.doc, signature, method.algorithm, method.prefixes);
}
