/**
 * Reads the XAdES signatures of a document, of any maker: what each says, whether its cryptography holds, which time-stamps
 * it has and whether their imprints fit, and which validation data it carries. Facts only; whom to trust, and what that
 * makes of the signature, is decided elsewhere.
 */
import { createHash } from 'node:crypto';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import { digestAlgorithms, DS, XADES } from '../xml/algorithms.ts';
import { C14N_EXCLUSIVE, canonicalize } from '../xml/c14n.ts';
import {
  findAll,
  findChild,
  findChildren,
  isElement,
  parseXml,
  type XmlDocument,
  type XmlElement,
} from '../xml/document.ts';
import type { DetachedData } from '../xml/reference.ts';
import { verifyXmlSignature, type VerifiedXmlSignature } from '../xml/xmldsig.ts';
import { unsignedBeside } from './beside.ts';
import { levelOf, type ReadLevel } from './level-of.ts';
import { unsignedPropertiesEnd } from './locate.ts';
import { readSignedProperties, type SignedProperties } from './read-signed-properties.ts';
import { encapsulated, furtherData, isStamp, readStamps, type ReadStamp } from './read-stamps.ts';
import { SIGNED_PROPERTIES_TYPE } from './seal-form.ts';
import { pickSigner } from './signer.ts';
import type { SignatureParts } from './signature-parts.ts';
import { readValidationData } from './values.ts';

/** What was signed. */
export interface ReadReference {
  readonly uri: string;
  readonly type?: string;
  /** As node:crypto names it. */
  readonly hash: string;
  /** The octets that were digested. */
  readonly octets: Uint8Array;
}

export type { ReadStamp };

export interface ReadXades {
  /** Counted from 0 by the start tags of the ds:Signature elements. */
  readonly number: number;
  readonly id?: string;
  /** By structure (level-of.ts), and what is left of it without revocation data. */
  readonly level: ReadLevel;
  readonly lowerLevel: ReadLevel;
  /** Why the core validation (references, signature value) fails. */
  readonly problem?: Problem;
  readonly signatureAlgorithm?: string;
  readonly signatureValue?: Uint8Array;
  /** The octets that it is over. */
  readonly signedInfo?: Uint8Array;
  /** DER of the certificate whose key verified the value. */
  readonly certificate?: Uint8Array;
  /** DER of all in KeyInfo, in order. */
  readonly certificates: readonly Uint8Array[];
  readonly references: readonly ReadReference[];
  /** Absent in a plain XML signature. */
  readonly signed?: SignedProperties;
  /** The signed properties are signed and name this certificate. */
  readonly isBound: boolean;
  /** Name of an element in the document that no signature is over. */
  readonly beside?: string;
  /** In document order. */
  readonly stamps: readonly ReadStamp[];
  /** Everything in CertificateValues, RevocationValues and TimeStampValidationData. */
  readonly carried: ValidationData;
}

export interface ReadOptions {
  /** Gives data beside the document by the URI of its reference. */
  readonly detached?: DetachedData;
  /** Also accept SHA-1: for the judgement of old signatures. */
  readonly allowSha1?: boolean;
}

/** All signatures of a document, in its order. Throws XML_INVALID when it cannot be read at all. */
export function readXades(bytes: Uint8Array, options: ReadOptions = {}): ReadXades[] {
  const document = parseXml(bytes);
  const readings = signaturesOf(document).map((element, number) => new Reading(element, number, options));
  const stamps = readings.reduce((sum, reading) => sum + reading.stampCount, 0);
  if (stamps > MAX_STAMPS) throw tooMany('stamps', MAX_STAMPS);
  const facts = readings.map((reading) => reading.facts());
  const beside = unsignedBeside(document.root, new Set(readings.flatMap(({ covered }) => covered)));
  return beside === undefined ? facts : facts.map((one) => ({ ...one, beside }));
}

/**
 * Opens a signature to be lifted (`raise`). Its core validation must hold. `number` as in ReadXades. Throws
 * XADES_INVALID {why}, XML_INVALID.
 */
export function openXades(bytes: Uint8Array, number = 0, options: ReadOptions = {}): SignatureParts {
  const element = signaturesOf(parseXml(bytes))[number];
  if (!element)
    throw adesProblems.error('XADES_INVALID', { why: adesProblems.of('xades/no-such-signature') });
  return new Reading(element, number, options).parts(bytes);
}

/** Each costs the canonicalization of all that it is over. */
export const MAX_SIGNATURES = 50;

/** Of all signatures of a document together. */
export const MAX_STAMPS = 100;

/** Certificates, answers and lists that a document carries: each may be looked at for every signature and time-stamp. */
export const MAX_VALUES = 300;

function signaturesOf(document: XmlDocument): XmlElement[] {
  const signatures = findAll(document.root, DS, 'Signature');
  if (signatures.length > MAX_SIGNATURES) throw tooMany('signatures', MAX_SIGNATURES);
  if (document.elements.filter(isValue).length > MAX_VALUES) {
    throw tooMany('values', MAX_VALUES);
  }
  return signatures;
}

const isValue = ({ namespaceUri, name }: XmlElement): boolean =>
  namespaceUri === XADES && /^Encapsulated(X509Certificate|OCSPValue|CRLValue)$/.test(name);

const tooMany = (what: 'stamps' | 'signatures' | 'values', limit: number): SeglError =>
  adesProblems.error('XML_INVALID', { why: adesProblems.of(`xml/too-many-${what}`, { limit }) });

const NONE: ValidationData = { certificates: [], ocsps: [], crls: [] };

/** One signature of a document. */
class Reading {
  /** What it is over, once `facts` has found that it holds. */
  covered: readonly XmlElement[] = [];
  readonly #element: XmlElement;
  readonly #number: number;
  readonly #options: ReadOptions;
  readonly #qualifying: XmlElement | undefined;
  readonly #unsigned: readonly XmlElement[];

  constructor(element: XmlElement, number: number, options: ReadOptions) {
    this.#element = element;
    this.#number = number;
    this.#options = options;
    const qualifying = findChildren(element, DS, 'Object').flatMap((object) =>
      findChildren(object, XADES, 'QualifyingProperties'),
    );
    if (qualifying.length > 1)
      throw adesProblems.error('XML_INVALID', { why: adesProblems.of('xml/properties-twice') });
    this.#qualifying = qualifying[0];
    const unsigned = this.#qualifying && findChild(this.#qualifying, XADES, 'UnsignedProperties');
    const properties = unsigned && findChild(unsigned, XADES, 'UnsignedSignatureProperties');
    this.#unsigned = properties ? properties.elements : [];
  }

  get stampCount(): number {
    return this.#unsigned.filter(isStamp).length;
  }

  facts(): ReadXades {
    const core = this.#core();
    const verified = 'problem' in core ? undefined : core.verified;
    this.covered = verified?.references.map(({ element }) => element) ?? [];
    const signed = verified && this.#signed();
    const stamps = readStamps({
      ...this.#elements(),
      unsigned: this.#unsigned,
      ...(verified && { referenced: verified.digested }),
    });
    const carried = this.#carried();
    const id = this.#element.attribute('Id');
    const properties = {
      isXades:
        this.#qualifying !== undefined &&
        findChild(this.#qualifying, XADES, 'SignedProperties') !== undefined,
      names: this.#unsigned.map(({ namespaceUri, name }) => ({ namespace: namespaceUri, name })),
    };
    return {
      number: this.#number,
      ...(id !== undefined && { id }),
      level: levelOf(properties),
      lowerLevel: levelOf(properties, false),
      ...('problem' in core && { problem: core.problem }),
      ...(verified && {
        signatureAlgorithm: verified.signatureAlgorithm,
        signatureValue: verified.signatureValue,
        signedInfo: verified.signedInfo,
        certificate: verified.certificate,
      }),
      certificates: verified?.certificates ?? [],
      references: (verified?.digested ?? []).map(({ uri, type, digestAlgorithm, bytes }) => ({
        uri,
        ...(type !== undefined && { type }),
        hash: digestAlgorithms.get(digestAlgorithm)!,
        octets: bytes,
      })),
      ...(signed && { signed }),
      isBound: verified !== undefined && signed !== undefined && this.#isBound(verified, signed),
      stamps,
      carried,
    };
  }

  parts(bytes: Uint8Array): SignatureParts {
    const core = this.#core();
    if ('problem' in core) throw adesProblems.error('XADES_INVALID', { why: core.problem });
    const octetsOf = (element: XmlElement): Uint8Array => canonicalize(element, C14N_EXCLUSIVE);
    const { signedInfo, signatureValue, keyInfo, objects } = this.#elements();
    const id = this.#element.attribute('Id') ?? `xades-${digestHex(core.verified.signatureValue)}`;
    return {
      id,
      certificate: core.verified.certificate,
      certificates: core.verified.certificates,
      c14n: C14N_EXCLUSIVE,
      referenced: core.verified.digested.map((reference) => reference.stamped(C14N_EXCLUSIVE)),
      signedInfo: octetsOf(signedInfo),
      signatureValue: octetsOf(signatureValue),
      keyInfo: keyInfo && octetsOf(keyInfo),
      objects: objects.map(octetsOf),
      unsigned: this.#unsigned.map((element) => ({
        namespace: element.namespaceUri,
        name: element.name,
        octets: octetsOf(element),
      })),
      stamps: this.#unsigned.filter(isStamp).map(encapsulated),
      carried: this.#carried(),
      write: (properties) => {
        const { before, after } = unsignedPropertiesEnd(bytes, this.#number, id);
        return Buffer.concat([before, Buffer.from(properties.join('')), after]);
      },
    };
  }

  #core(): { verified: VerifiedXmlSignature } | { problem: Problem } {
    try {
      const { detached, allowSha1 = false } = this.#options;
      const verified = verifyXmlSignature(this.#element, {
        pickCertificate: (certificates) => pickSigner(certificates, this.#signed()),
        allowBase64: true,
        allowSideBySide: true,
        allowSha1,
        ...(detached && { detached: this.#beside(detached) }),
      });
      return { verified };
    } catch (error) {
      if (isSeglError(error, 'XMLDSIG_INVALID', 'XML_INVALID', 'XADES_INVALID', 'ASN1_INVALID')) {
        return { problem: reasonOf(error) };
      }
      throw error;
    }
  }

  #beside(detached: DetachedData): DetachedData {
    return (uri) => {
      const data = detached(uri);
      if (data) this.#element.document.parseLimits.allow(data);
      return data;
    };
  }

  /** Throws XML_INVALID for properties that cannot be read. */
  #signed(): SignedProperties | undefined {
    const element = this.#qualifying && findChild(this.#qualifying, XADES, 'SignedProperties');
    return element && readSignedProperties(element);
  }

  /** The reference to the properties points to these, and they name the certificate. */
  #isBound(verified: VerifiedXmlSignature, signed: SignedProperties): boolean {
    const element = findChild(this.#qualifying!, XADES, 'SignedProperties')!;
    const target = this.#qualifying!.attribute('Target') === `#${this.#element.attribute('Id') ?? ''}`;
    const isSigned = verified.references.some(
      (reference) => reference.type === SIGNED_PROPERTIES_TYPE && reference.element === element,
    );
    const [own] = signed.certificateDigests;
    const named =
      own !== undefined &&
      Buffer.compare(createHash(own.hash).update(verified.certificate).digest(), own.value) === 0;
    return target && isSigned && named;
  }

  #elements() {
    const children = this.#element.elements;
    const keyInfo = children.find((child) => isElement(child, DS, 'KeyInfo'));
    const holder = this.#qualifying?.parent;
    return {
      signedInfo: children[0]!,
      signatureValue: children[1]!,
      keyInfo,
      objects: children.filter((child) => isElement(child, DS, 'Object') && !(holder && child === holder)),
    };
  }

  #carried(): ValidationData {
    const [own] = this.#unsigned;
    const parent = own?.parent;
    if (!parent) return NONE;
    return mergeValidationData([parent, ...furtherData(this.#unsigned)].map(readValidationData));
  }
}

const digestHex = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 32);
