/**
 * Verifies a seal and gives what it covers.
 *
 * The enveloped signature covers the document; the seal's own unsigned properties cannot be in it. They are held in
 * place otherwise: every certificate must have its digest among the signed SigningCertificate references, and OCSP
 * answers and CRLs, which carry signatures of their own, are returned for path validation to judge. What is sealed under
 * a policy of ours has one form only, down to the byte (its section on form); that is checked too, so any other changed
 * byte is found, even where XML would see no difference.
 */
import { createHash } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { DS } from '../xml/algorithms.ts';
import { findAll, type XmlDocument, type XmlElement } from '../xml/document.ts';
import { verifyXmlSignature } from '../xml/xmldsig.ts';
import type { VerifiedReference, VerifiedXmlSignature } from '../xml/xmldsig.ts';
import { readSealProperties } from './read-seal.ts';
import type { DigestReference, ReadSealPolicy, SealProperties } from './read-seal.ts';
import { SIGNED_PROPERTIES_TYPE, packageReferenceId, writeSeal } from './seal-form.ts';
import type { Envelope, SealPolicy } from './seal-form.ts';
import { XML_DECLARATION } from './seal.ts';

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

/**
 * Core validation of the seal of a document, its place, its properties and, under `policy`, its form. Gives the root
 * element as it was digested. Throws XML_INVALID and XMLDSIG_INVALID; the texts speak of "it".
 */
export function verifySealedXml(
  document: XmlDocument,
  bytes: Uint8Array,
  envelope: Envelope,
  policy: Pick<SealPolicy, 'id' | 'hash'>,
): { readonly element: XmlElement; readonly seal: VerifiedSeal } {
  const { root } = document;
  const signature = findSeal(root);
  const verified = verifyXmlSignature(signature, { pickCertificate: soleCertificate });
  const properties = readSealProperties(signature);
  const [packageReference, propertiesReference, ...more] = verified.references;
  if (!packageReference || !propertiesReference || more.length > 0)
    throw invalid(adesProblems.of('seal/references'));
  checkPackageReference(packageReference, root, envelope);
  checkPropertiesReference(propertiesReference, properties, signature);
  checkCertificates(verified, properties);
  if (properties.policy?.id === policy.id) {
    checkPolicyHash(properties.policy, policy.hash);
    checkForm(bytes, envelope, signature, verified, properties);
  }
  return {
    element: packageReference.element,
    seal: {
      signingTime: properties.signingTime,
      ...(properties.policy ? { policy: properties.policy } : {}),
      signatureAlgorithm: verified.signatureAlgorithm,
      certificate: verified.certificate,
      ...properties.validation,
    },
  };
}

function invalid(why: Problem): SeglError {
  return adesProblems.error('XMLDSIG_INVALID', { why });
}

/** The only ds:Signature of the document, as the last child of the root. */
function findSeal(root: XmlElement): XmlElement {
  const [signature, ...more] = findAll(root, DS, 'Signature');
  if (!signature) throw invalid(adesProblems.of('seal/missing'));
  const last = root.elements.at(-1);
  if (more.length > 0 || last !== signature) throw invalid(adesProblems.of('seal/misplaced'));
  return signature;
}

function soleCertificate(certificates: readonly Uint8Array[]): Uint8Array {
  const [certificate, ...more] = certificates;
  if (!certificate || more.length > 0) throw invalid(adesProblems.of('seal/certificate-count'));
  return certificate;
}

function checkPackageReference(reference: VerifiedReference, root: XmlElement, { rootId }: Envelope): void {
  if (reference.uri !== `#${rootId}` || reference.element !== root) {
    throw invalid(adesProblems.of('seal/coverage'));
  }
}

function checkPropertiesReference(
  reference: VerifiedReference,
  { signedProperties, qualifyingProperties }: SealProperties,
  signature: XmlElement,
): void {
  if (reference.type !== SIGNED_PROPERTIES_TYPE || reference.element !== signedProperties) {
    throw invalid(adesProblems.of('seal/properties-not-covered'));
  }
  if (qualifyingProperties.attribute('Target') !== `#${signature.attribute('Id')}`) {
    throw invalid(adesProblems.of('seal/other-target'));
  }
}

/** SigningCertificate (EN 319 132-1 clause 5.2.2): first the sealer's own, and one for every embedded certificate. */
function checkCertificates({ certificate }: VerifiedXmlSignature, properties: SealProperties): void {
  const [own] = properties.certificateDigests;
  if (!own || !fits(own, certificate)) throw invalid(adesProblems.of('seal/other-certificate'));
  const named = new Set(properties.certificateDigests.map(({ hash, value }) => `${hash} ${hex(value)}`));
  const hashes = new Set(properties.certificateDigests.map(({ hash }) => hash));
  for (const embedded of properties.validation.certificates) {
    if (![...hashes].some((hash) => named.has(`${hash} ${digestHex(hash, embedded)}`))) {
      throw invalid(adesProblems.of('seal/certificate-not-signed'));
    }
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const digestHex = (hash: string, der: Uint8Array): string => createHash(hash).update(der).digest('hex');

const fits = ({ hash, value }: DigestReference, der: Uint8Array): boolean =>
  createHash(hash).update(der).digest().equals(value);

function checkPolicyHash({ hash: { hash, value } }: ReadSealPolicy, own: Uint8Array): void {
  if (hash !== 'sha256' || Buffer.compare(value, own) !== 0) {
    throw invalid(adesProblems.of('seal/policy-text'));
  }
}

/** What is sealed under our policy is what was digested, with the seal in its one form before the end tag, and no byte else. */
function checkForm(
  bytes: Uint8Array,
  { rootEnd }: Envelope,
  signature: XmlElement,
  verified: VerifiedXmlSignature,
  properties: SealProperties,
): void {
  const [packageReference, propertiesReference] = verified.references;
  const id = signature.attribute('Id') ?? '';
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
    body.subarray(0, body.length - rootEnd.length),
    Buffer.from(seal + rootEnd),
  ]);
  const { certificateDigests } = properties;
  const inOrder =
    certificateDigests.length === certificates.length &&
    certificateDigests.every((digest, index) => fits(digest, certificates[index]!));
  if (!inOrder || packageReference!.id !== packageReferenceId(id) || !expected.equals(bytes)) {
    throw invalid(adesProblems.of('seal/form'));
  }
}

const textFrom = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
