/** The time-stamps of a signature: what each is over (EN 319 132-1 clauses 5.3 and 5.5, annex A.1.5), and whether it holds. */
import { createHash } from 'node:crypto';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { pkiProblems } from '@segl/pki/problems';
import { verifyTimeStampToken, type TimeStamp } from '@segl/pki/tsp/timestamp';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import { DS, XADES, XADES141 } from '../xml/algorithms.ts';
import { C14N_10, canonicalize, isC14nAlgorithm, type C14nAlgorithm } from '../xml/c14n.ts';
import { base64Of, findChild, findChildren, XmlElement } from '../xml/document.ts';
import type { Digested } from '../xml/reference.ts';
import type { EncapsulatedStamp } from './signature-parts.ts';
import { readValidationData, readValues } from './values.ts';

/** A time-stamp of a signature. */
export interface ReadStamp extends EncapsulatedStamp {
  /** What it says, when imprint and signature hold; whether its authority is trusted is not judged. */
  readonly stamp?: TimeStamp;
  /** The validation data before it, which an archive time-stamp is over. */
  readonly before: ValidationData;
  /** Why it does not hold. */
  readonly problem?: Problem;
}

/** The parts of a signature that time-stamps are over. */
export interface StampedParts {
  readonly signedInfo: XmlElement;
  readonly signatureValue: XmlElement;
  readonly keyInfo: XmlElement | undefined;
  /** Without that of the qualifying properties. */
  readonly objects: readonly XmlElement[];
  /** Unsigned signature properties, in their order. */
  readonly unsigned: readonly XmlElement[];
  /** What the references digested; absent when the signature does not hold, and nothing can be told of its time-stamps. */
  readonly referenced?: readonly Digested[];
}

const STAMPS = /^(SignatureTimeStamp|ArchiveTimeStamp|(SigAndRefs|RefsOnly)TimeStamp(V2)?)$/;

export const isStamp = ({ name }: XmlElement): boolean => STAMPS.test(name);

/** The token in a time-stamp. Throws XML_INVALID. */
export function encapsulated(element: XmlElement): EncapsulatedStamp {
  const id = element.attribute('Id');
  const [token, ...more] = findChildren(element, XADES, 'EncapsulatedTimeStamp');
  if (!token || more.length > 0) {
    throw adesProblems.error('XML_INVALID', {
      why: adesProblems.of('xml/token-count', { name: element.name }),
    });
  }
  return {
    name: element.name,
    ...(id !== undefined && { id }),
    token: base64Of(token, element.name),
  };
}

/** All among the unsigned properties, in their order. Throws XML_INVALID for what cannot be read at all. */
export const readStamps = (parts: StampedParts): ReadStamp[] => new Stamps(parts).read();

export const furtherData = (properties: readonly XmlElement[]): XmlElement[] => properties.filter(isFurther);

const isFurther = ({ name }: XmlElement): boolean =>
  ['TimeStampValidationData', 'AnyValidationData'].includes(name);
const isValues = ({ name }: XmlElement): boolean => ['CertificateValues', 'RevocationValues'].includes(name);

class Stamps {
  readonly #parts: StampedParts;
  /** Canonical octets by algorithm, each made once for all time-stamps. */
  readonly #octets = new Map<C14nAlgorithm, Map<XmlElement | Digested, Uint8Array>>();

  constructor(parts: StampedParts) {
    this.#parts = parts;
  }

  read(): ReadStamp[] {
    const carried: { readonly values: ValidationData[]; readonly further: ValidationData[] } = {
      values: [],
      further: [],
    };
    return this.#parts.unsigned.flatMap((element, index): ReadStamp[] => {
      if (isValues(element)) carried.values.push(readValues(element));
      if (isFurther(element)) carried.further.push(readValidationData(element));
      if (!isStamp(element)) return [];
      const before = mergeValidationData([...carried.values, ...carried.further]);
      const stamp = { ...encapsulated(element), before };
      try {
        return [{ ...stamp, stamp: this.#verify(stamp.token, element, index) }];
      } catch (error) {
        if (!isSeglError(error, 'TIMESTAMP_INVALID', 'XML_INVALID')) throw error;
        return [{ ...stamp, problem: reasonOf(error) }];
      }
    });
  }

  /** Nothing is canonicalized for a token that cannot be read. */
  #verify(token: Uint8Array, element: XmlElement, index: number): TimeStamp {
    const { referenced } = this.#parts;
    if (!referenced)
      throw pkiProblems.error('TIMESTAMP_INVALID', { why: adesProblems.of('timestamp/scope-unknown') });
    return verifyTimeStampToken(token, (hash) => {
      const digest = createHash(hash);
      for (const part of this.#stamped(element, index, referenced)) {
        element.document.parseLimits.spend(part.length);
        digest.update(part);
      }
      return digest.digest();
    });
  }

  #stamped(element: XmlElement, index: number, referenced: readonly Digested[]): Uint8Array[] {
    const method = findChild(element, DS, 'CanonicalizationMethod');
    const algorithm = method?.attribute('Algorithm') ?? C14N_10;
    if (!isC14nAlgorithm(algorithm)) {
      throw pkiProblems.error('TIMESTAMP_INVALID', {
        why: adesProblems.of('timestamp/canonicalization-unknown', { algorithm }),
      });
    }
    const octetsOf = (one: XmlElement | Digested): Uint8Array => this.#octetsOf(one, algorithm);
    const { signedInfo, signatureValue, keyInfo, objects, unsigned } = this.#parts;
    const earlier = unsigned.slice(0, index);
    const named = (...names: string[]) => earlier.filter(({ name }) => names.includes(name)).map(octetsOf);
    const references = ['CompleteCertificateRefs', 'CompleteCertificateRefsV2', 'CompleteRevocationRefs'];
    switch (element.name) {
      case 'SignatureTimeStamp':
        return [octetsOf(signatureValue)];
      case 'SigAndRefsTimeStamp':
      case 'SigAndRefsTimeStampV2':
        return [octetsOf(signatureValue), ...named('SignatureTimeStamp', ...references)];
      case 'RefsOnlyTimeStamp':
      case 'RefsOnlyTimeStampV2':
        return named(...references);
      default:
        if (element.namespaceUri !== XADES141) {
          throw pkiProblems.error('TIMESTAMP_INVALID', {
            why: adesProblems.of('timestamp/archive-xades132'),
          });
        }
        return [
          ...referenced.map(octetsOf),
          octetsOf(signedInfo),
          octetsOf(signatureValue),
          ...(keyInfo ? [octetsOf(keyInfo)] : []),
          ...earlier.map(octetsOf),
          ...objects.map(octetsOf),
        ];
    }
  }

  #octetsOf(one: XmlElement | Digested, algorithm: C14nAlgorithm): Uint8Array {
    let made = this.#octets.get(algorithm);
    if (!made) this.#octets.set(algorithm, (made = new Map<XmlElement | Digested, Uint8Array>()));
    let octets = made.get(one);
    if (!octets) {
      octets = one instanceof XmlElement ? canonicalize(one, algorithm) : one.stamped(algorithm);
      made.set(one, octets);
    }
    return octets;
  }
}
