/** Reads the XAdES properties of a seal. Signed ones mean something only after the signature was verified. */
import { adesProblems } from '../problems.ts';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { DS, XADES, digestAlgorithms } from '../xml/algorithms.ts';
import { parseDateTime } from '../xml/date-time.ts';
import { base64Of, findChild, getChild, textOf, type XmlElement } from '../xml/document.ts';
import { ElementReader } from '../xml/element-reader.ts';
import { readValidationData } from './values.ts';

export interface DigestReference {
  /** As node:crypto names it. */
  readonly hash: string;
  readonly value: Uint8Array;
}

export interface ReadSealPolicy {
  readonly id: string;
  readonly hash: DigestReference;
  readonly uri?: string;
}

export interface SealProperties {
  /** The elements, for comparison with what was digested. */
  readonly qualifyingProperties: XmlElement;
  readonly signedProperties: XmlElement;
  readonly signingTime: Date;
  /** Digests in SigningCertificate, the sealer's own first. */
  readonly certificateDigests: readonly DigestReference[];
  readonly policy?: ReadSealPolicy;
  /** From UnsignedProperties. */
  readonly validation: ValidationData;
}

/** Reads the one QualifyingProperties in the one ds:Object of `signature`. Throws XML_INVALID. */
export function readSealProperties(signature: XmlElement): SealProperties {
  const object = getChild(signature, DS, 'Object');
  const objectReader = new ElementReader(object, XADES);
  const qualifyingProperties = objectReader.next('QualifyingProperties');
  objectReader.finish();
  const reader = new ElementReader(qualifyingProperties, XADES);
  const signedProperties = reader.next('SignedProperties');
  const unsignedProperties = reader.optional('UnsignedProperties');
  reader.finish();

  const signed = getChild(signedProperties, XADES, 'SignedSignatureProperties');
  const policy = findChild(signed, XADES, 'SignaturePolicyIdentifier');
  return {
    qualifyingProperties,
    signedProperties,
    signingTime: parseDateTime(textOf(getChild(signed, XADES, 'SigningTime')), 'SigningTime'),
    certificateDigests: getChild(signed, XADES, 'SigningCertificate').elements.map((cert) =>
      readDigest(getChild(cert, XADES, 'CertDigest')),
    ),
    ...(policy ? { policy: readPolicy(policy) } : {}),
    validation: unsignedProperties
      ? readUnsigned(unsignedProperties)
      : { certificates: [], ocsps: [], crls: [] },
  };
}

function readDigest(parent: XmlElement): DigestReference {
  const reader = new ElementReader(parent, DS);
  const algorithm = reader.next('DigestMethod').attribute('Algorithm') ?? '';
  const value = reader.next('DigestValue');
  reader.finish();
  const hash = digestAlgorithms.get(algorithm);
  if (!hash || hash === 'sha1') {
    throw adesProblems.error('XML_INVALID', {
      why: adesProblems.of('xml/digest-not-accepted', { algorithm }),
    });
  }
  return { hash, value: base64Of(value, 'DigestValue') };
}

function readPolicy(identifier: XmlElement): ReadSealPolicy {
  const policy = getChild(identifier, XADES, 'SignaturePolicyId');
  const id = textOf(getChild(getChild(policy, XADES, 'SigPolicyId'), XADES, 'Identifier'));
  const hash = readDigest(getChild(policy, XADES, 'SigPolicyHash'));
  const qualifiers = findChild(policy, XADES, 'SigPolicyQualifiers');
  const qualifier = qualifiers && findChild(qualifiers, XADES, 'SigPolicyQualifier');
  const uri = qualifier && findChild(qualifier, XADES, 'SPURI');
  return { id, hash, ...(uri ? { uri: textOf(uri) } : {}) };
}

/** Certificates and revocation answers, and nothing else: an unsigned time-stamp or counter-signature is not expected. */
function readUnsigned(parent: XmlElement): ValidationData {
  const reader = new ElementReader(parent, XADES);
  const properties = reader.next('UnsignedSignatureProperties');
  reader.finish();
  const inner = new ElementReader(properties, XADES);
  inner.optional('CertificateValues');
  inner.optional('RevocationValues');
  inner.finish();
  return readValidationData(properties);
}
