/** One ds:Reference (RFC 3275 section 4.3.3): what it names is read and judged first, digested afterwards. */
import { createHash } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { BASE64, DS, ENVELOPED_SIGNATURE, digestAlgorithms } from './algorithms.ts';
import { C14N_10, C14N_EXCLUSIVE, canonicalize, canonicalizeWithout, isC14nAlgorithm } from './c14n.ts';
import type { C14nAlgorithm } from './c14n.ts';
import { base64Of, isElement, pureBase64Of, type XmlElement } from './document.ts';
import { isSignature, leavesOutSignatures } from './without-signatures.ts';

export const invalidSignature = (why: Problem): SeglError => adesProblems.error('XMLDSIG_INVALID', { why });

/** Whether an algorithm may be named, by its identifier. */
export type AcceptAlgorithm = (algorithm: string) => boolean;

/** Gives the octets of data beside the document, by the URI of its reference; undefined: unknown. */
export type DetachedData = (uri: string) => Uint8Array | undefined;

/** What a reference digested, wherever it was. */
export interface Digested {
  readonly uri: string;
  readonly id?: string;
  readonly type?: string;
  /** Identifier of the digest algorithm. */
  readonly digestAlgorithm: string;
  /** The octets that were digested. */
  readonly bytes: Uint8Array;
  /**
   * What an archive time-stamp is over (EN 319 132-1 clause 5.5.2.3): the octets that the transforms end in; where they end
   * in a node-set, that in the canonical form of the time-stamp.
   */
  stamped(algorithm: C14nAlgorithm): Uint8Array;
}

export interface VerifiedReference extends Digested {
  /** The very node that was digested; for `''` the root element. */
  readonly element: XmlElement;
}

/** A reference whose algorithms are all acceptable and whose target exists. */
export interface ReadReference {
  readonly reference: XmlElement;
  readonly uri: string;
  readonly target: XmlElement | Uint8Array;
  readonly transforms: readonly XmlElement[];
  readonly digestAlgorithm: string;
  /** As node:crypto names it. */
  readonly hash: string;
  readonly digest: Uint8Array;
}

/** Each element of what is canonicalized looks for all of them. */
export const MAX_PREFIXES = 50;

export interface C14nMethod {
  readonly algorithm: C14nAlgorithm;
  readonly prefixes: readonly string[];
}

/** CanonicalizationMethod, or a Transform that canonicalizes. Throws XMLDSIG_INVALID. */
export function readC14nMethod(method: XmlElement, accept: AcceptAlgorithm): C14nMethod {
  const algorithm = algorithmOf(method);
  if (!isC14nAlgorithm(algorithm) || !accept(algorithm)) throw unaccepted('canonicalization', algorithm);
  const [parameter, ...more] = method.elements;
  if (!parameter) return { algorithm, prefixes: [] };
  const inclusive =
    algorithm === C14N_EXCLUSIVE && isElement(parameter, C14N_EXCLUSIVE, 'InclusiveNamespaces');
  if (!inclusive || more.length > 0) {
    throw invalidSignature(adesProblems.of('xmldsig/algorithm-parameters', { algorithm }));
  }
  const list = parameter.attribute('PrefixList') ?? '';
  const prefixes = list.split(/[ \t\r\n]+/).filter((prefix) => prefix !== '');
  if (prefixes.length > MAX_PREFIXES) {
    throw invalidSignature(adesProblems.of('xmldsig/too-many-prefixes', { limit: MAX_PREFIXES }));
  }
  return { algorithm, prefixes };
}

export function algorithmOf(element: XmlElement): string {
  const algorithm = element.attribute('Algorithm');
  if (!algorithm) throw invalidSignature(adesProblems.of('xmldsig/no-algorithm', { name: element.name }));
  return algorithm;
}

type Unaccepted = 'canonicalization' | 'digest' | 'transform' | 'signature-algorithm';

export const unaccepted = (what: Unaccepted, algorithm: string): SeglError =>
  invalidSignature(adesProblems.of(`xmldsig/${what}-not-accepted`, { algorithm }));

/** ds:Reference is Transforms?, DigestMethod, DigestValue. Throws XMLDSIG_INVALID; nothing is digested yet. */
export function readReference(
  reference: XmlElement,
  ids: ReadonlyMap<string, XmlElement>,
  accept: AcceptAlgorithm,
  detached?: DetachedData,
): ReadReference {
  const uri = reference.attribute('URI');
  if (uri === undefined) throw invalidSignature(adesProblems.of('xmldsig/reference-without-uri'));
  const children = [...reference.elements];
  const transforms = isElement(children[0], DS, 'Transforms') ? children.shift()!.elements : [];
  const [method, value, ...more] = children;
  if (!isElement(method, DS, 'DigestMethod') || !isElement(value, DS, 'DigestValue') || more.length > 0) {
    throw invalidSignature(adesProblems.of('xmldsig/reference-malformed'));
  }
  const digestAlgorithm = algorithmOf(method);
  const hash = digestAlgorithms.get(digestAlgorithm);
  if (!hash || method.elements.length > 0 || !accept(digestAlgorithm)) {
    throw unaccepted('digest', digestAlgorithm);
  }
  for (const transform of transforms) checkTransform(transform, accept);
  const outside = uri === '' || uri.startsWith('#') ? undefined : detached?.(uri);
  if (outside && transforms.length > 0) {
    throw invalidSignature(adesProblems.of('xmldsig/detached-transforms', { uri }));
  }
  const target = outside ?? resolve(uri, reference, ids);
  const digest = pureBase64Of(value, 'DigestValue');
  return { reference, uri, target, transforms, digestAlgorithm, hash, digest };
}

function checkTransform(transform: XmlElement, accept: AcceptAlgorithm): void {
  if (!isElement(transform, DS, 'Transform')) {
    throw invalidSignature(adesProblems.of('xmldsig/transforms-malformed'));
  }
  const algorithm = algorithmOf(transform);
  const isPlain = [ENVELOPED_SIGNATURE, BASE64].includes(algorithm) && transform.elements.length === 0;
  const known = isC14nAlgorithm(algorithm) || isPlain || leavesOutSignatures(transform);
  if (!known || !accept(algorithm)) throw unaccepted('transform', algorithm);
}

/** Same-document references only (RFC 3275 section 4.3.3.3): the whole document or one element by its Id. */
function resolve(uri: string, reference: XmlElement, ids: ReadonlyMap<string, XmlElement>): XmlElement {
  if (uri === '') return reference.document.root;
  if (!/^#[^()]+$/.test(uri)) {
    throw invalidSignature(adesProblems.of('xmldsig/reference-outside', { uri }));
  }
  const element = ids.get(uri.slice(1));
  if (!element) throw invalidSignature(adesProblems.of('xmldsig/reference-dangling', { uri }));
  return element;
}

/** Digests what the reference points to and compares. Throws XMLDSIG_INVALID. */
export function verifyReference(
  read: ReadReference,
  signature: XmlElement,
  accept: AcceptAlgorithm,
): VerifiedReference | Digested {
  const { reference, uri, target, transforms, digestAlgorithm, hash, digest } = read;
  if (target instanceof Uint8Array) signature.document.parseLimits.spend(target.length);
  const result =
    target instanceof Uint8Array ? target : transform(target, transforms, signature, uri, accept);
  // a node-set is digested as Canonical XML 1.0 (RFC 3275 section 4.3.3.2)
  const bytes = result instanceof Uint8Array ? result : result(C14N_10);
  if (!createHash(hash).update(bytes).digest().equals(digest)) {
    throw invalidSignature(adesProblems.of('xmldsig/digest-mismatch', { uri }));
  }
  const id = reference.attribute('Id');
  const type = reference.attribute('Type');
  const digested = {
    uri,
    ...(id === undefined ? {} : { id }),
    ...(type === undefined ? {} : { type }),
    digestAlgorithm,
    bytes,
    stamped: (algorithm: C14nAlgorithm) =>
      result instanceof Uint8Array || algorithm === C14N_10 ? bytes : result(algorithm),
  };
  return target instanceof Uint8Array ? digested : { ...digested, element: target };
}

/** A node-set, which has octets in each canonical form. */
type NodeSet = (algorithm: C14nAlgorithm, prefixes?: readonly string[]) => Uint8Array;

/**
 * The result of the transforms of a reference: [enveloped-signature, or all signatures left out] then [one
 * canonicalization], or base64 alone; octets, or without a canonicalization a node-set.
 */
function transform(
  element: XmlElement,
  transforms: readonly XmlElement[],
  signature: XmlElement,
  uri: string,
  accept: AcceptAlgorithm,
): Uint8Array | NodeSet {
  const steps = [...transforms];
  if (steps.length === 1 && algorithmOf(steps[0]!) === BASE64) {
    return base64Of(element, `"${uri}"`);
  }
  const [first] = steps;
  const left =
    first && algorithmOf(first) === ENVELOPED_SIGNATURE
      ? (one: XmlElement) => one === signature
      : first && leavesOutSignatures(first)
        ? isSignature
        : undefined;
  if (left) steps.shift();
  const last = steps.shift();
  const method = last && readC14nMethod(last, accept);
  if (steps.length > 0) {
    throw invalidSignature(adesProblems.of('xmldsig/transforms-order', { uri }));
  }
  // what an enveloped signature covers is the document around it, and only signatures are left out
  if (left && element !== element.document.root) {
    throw invalidSignature(adesProblems.of('xmldsig/enveloped-part'));
  }
  const nodes: NodeSet = (algorithm, prefixes) =>
    left
      ? canonicalizeWithout(element.document, left, algorithm, prefixes)
      : canonicalize(element, algorithm, prefixes);
  return method ? nodes(method.algorithm, method.prefixes) : nodes;
}
