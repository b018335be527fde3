/**
 * Verifies the seal of an LTV-SDO and gives what it covers.
 *
 * The enveloped signature covers the package; the seal's own unsigned properties cannot be in it. They are held in
 * place otherwise: every certificate must have its digest among the signed SigningCertificate references, and OCSP
 * answers and CRLs, which carry signatures of their own, are returned for path validation to judge. A package under our
 * signature policy has one form only, down to the byte (its section "Form of a sealed package"); that is checked too,
 * so any other changed byte is found, even where XML would see no difference.
 */
import { createHash } from 'node:crypto';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { SeglError } from '../../errors.ts';
import { readSealProperties } from '../xades/read-seal.ts';
import type { DigestReference, ReadSealPolicy, SealProperties } from '../xades/read-seal.ts';
import { SIGNED_PROPERTIES_TYPE, packageReferenceId, writeSeal } from '../xades/seal-form.ts';
import { XML_DECLARATION } from '../xades/seal.ts';
import { DS } from '../xml/algorithms.ts';
import { attribute, childElements, findAll, withXml } from '../xml/document.ts';
import { verifyXmlSignature } from '../xml/xmldsig.ts';
import type { VerifiedReference, VerifiedXmlSignature } from '../xml/xmldsig.ts';
import type { LtvSdoContent } from './content.ts';
import { SEAL_SIGNATURE_POLICY, readPolicy } from './policy.ts';
import { readContent, withLtvSdoErrors } from './read.ts';
import { ROOT_END, ROOT_ID } from './write.ts';

export interface VerifiedSeal {
  readonly signingTime: Date;
  /** Absent in packages of makers that name no policy. */
  readonly policy?: ReadSealPolicy;
  readonly signatureAlgorithm: string;
  /** DER of the sealer's certificate; its path and status are for the caller to validate, at the signing time. */
  readonly certificate: Uint8Array;
  /** DER from CertificateValues, each of them referred to by the signed properties. */
  readonly certificates: readonly Uint8Array[];
  /** DER, as embedded; not judged here. */
  readonly ocsps: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
}

export interface VerifiedLtvSdo {
  /** Read from the node that was digested. */
  readonly content: LtvSdoContent;
  readonly seal: VerifiedSeal;
}

/** Core validation of the seal, its place, its properties and its form. Throws LTVSDO_INVALID. */
export function verifyLtvSdo(bytes: Uint8Array): VerifiedLtvSdo {
  return withLtvSdoErrors(() => withXml(bytes, (document) => verifyDocument(document, bytes)));
}

function invalid(why: string): SeglError {
  return new SeglError('LTVSDO_INVALID', { why });
}

function verifyDocument(document: XmlDocument, bytes: Uint8Array): VerifiedLtvSdo {
  const { root } = document;
  const signature = findSeal(root);
  const verified = verifyXmlSignature(signature, { pickCertificate: soleCertificate });
  const properties = readSealProperties(signature);
  const [packageReference, propertiesReference, ...more] = verified.references;
  if (!packageReference || !propertiesReference || more.length > 0)
    throw invalid('its seal has not two references');
  checkPackageReference(packageReference, root);
  checkPropertiesReference(propertiesReference, properties, signature);
  checkCertificates(verified, properties);

  const content = readContent(packageReference.element);
  if (properties.policy?.id === SEAL_SIGNATURE_POLICY) {
    checkPolicyHash(properties.policy);
    checkForm(bytes, signature, verified, properties);
  }
  return {
    content,
    seal: {
      signingTime: properties.signingTime,
      ...(properties.policy ? { policy: properties.policy } : {}),
      signatureAlgorithm: verified.signatureAlgorithm,
      certificate: verified.certificate,
      ...properties.validation,
    },
  };
}

/** The only ds:Signature of the document, as the last child of the root. */
function findSeal(root: XmlElement): XmlElement {
  const [signature, ...more] = findAll(root, DS, 'Signature');
  if (!signature) throw invalid('it is not sealed');
  const last = childElements(root).at(-1);
  if (more.length > 0 || !last?.isSameNode(signature)) throw invalid('its seal is not where it belongs');
  return signature;
}

function soleCertificate(certificates: readonly Uint8Array[]): Uint8Array {
  const [certificate, ...more] = certificates;
  if (!certificate || more.length > 0) throw invalid('its seal has not exactly one certificate');
  return certificate;
}

function checkPackageReference(reference: VerifiedReference, root: XmlElement): void {
  if (reference.uri !== `#${ROOT_ID}` || !reference.element.isSameNode(root)) {
    throw invalid('its seal does not cover the complete package');
  }
}

function checkPropertiesReference(
  reference: VerifiedReference,
  { signedProperties, qualifyingProperties }: SealProperties,
  signature: XmlElement,
): void {
  if (reference.type !== SIGNED_PROPERTIES_TYPE || !reference.element.isSameNode(signedProperties)) {
    throw invalid('its seal does not cover its signed properties');
  }
  if (attribute(qualifyingProperties, 'Target') !== `#${attribute(signature, 'Id')}`) {
    throw invalid('the properties belong to another signature');
  }
}

/** SigningCertificate (EN 319 132-1 clause 5.2.2): first the sealer's own, and one for every embedded certificate. */
function checkCertificates({ certificate }: VerifiedXmlSignature, properties: SealProperties): void {
  const [own, ...others] = properties.certificateDigests;
  if (!own || !fits(own, certificate))
    throw invalid('the certificate of its seal is not the one that was signed for');
  for (const embedded of properties.validation.certificates) {
    if (![own, ...others].some((digest) => fits(digest, embedded))) {
      throw invalid('its seal carries a certificate that was not signed for');
    }
  }
}

const fits = ({ hash, value }: DigestReference, der: Uint8Array): boolean =>
  createHash(hash).update(der).digest().equals(value);

function checkPolicyHash({ hash: { hash, value } }: ReadSealPolicy): void {
  if (hash !== 'sha256' || Buffer.compare(value, readPolicy(SEAL_SIGNATURE_POLICY).sha256) !== 0) {
    throw invalid('its seal was made under another text of the signature policy');
  }
}

/** A package under our policy is what was digested, with the seal in its one form before the end tag, and no byte else. */
function checkForm(
  bytes: Uint8Array,
  signature: XmlElement,
  verified: VerifiedXmlSignature,
  properties: SealProperties,
): void {
  const [packageReference, propertiesReference] = verified.references;
  const id = attribute(signature, 'Id') ?? '';
  const body = packageReference!.bytes;
  const certificates = [verified.certificate, ...properties.validation.certificates];
  const seal = writeSeal({
    id,
    signedInfo: textFrom(verified.signedInfo),
    signedProperties: textFrom(propertiesReference!.bytes),
    signatureValue: verified.signatureValue,
    certificates,
    revocation: properties.validation,
  });
  const expected = Buffer.concat([
    Buffer.from(XML_DECLARATION),
    body.subarray(0, body.length - ROOT_END.length),
    Buffer.from(seal + ROOT_END),
  ]);
  const { certificateDigests } = properties;
  const inOrder =
    certificateDigests.length === certificates.length &&
    certificateDigests.every((digest, index) => fits(digest, certificates[index]!));
  if (!inOrder || packageReference!.id !== packageReferenceId(id) || !expected.equals(bytes)) {
    throw invalid(
      'it has not the form that its signature policy demands; a byte outside the sealed text was changed',
    );
  }
}

const textFrom = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
