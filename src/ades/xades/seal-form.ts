/**
 * The one form that a seal of ours has (XAdES-EPES, ETSI EN 319 132-1 baseline B with XAdES 1.3.2 elements): written by
 * the sealer, and written again by the verifier to compare. Each part that is hashed declares the namespaces in its
 * scope, so that its text here is its Canonical XML 1.0 form there.
 */
import { createHash } from 'node:crypto';
import { readCertificateFields, type CertificateFields } from '@segl/pki/x509/certificate-fields';
import { DistinguishedName } from '@segl/pki/x509/distinguished-name';
import { LruCache } from '@segl/pki/asn1/lru-cache';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { DS, ENVELOPED_SIGNATURE, SHA256 } from '../xml/algorithms.ts';
import { C14N_10 } from '../xml/c14n.ts';
import { base64Element, element, textElement } from '../xml/canonical-text.ts';
import { formatDateTime } from '../xml/date-time.ts';
import { certificateValues, revocationValues } from './values.ts';

/** Type of the reference that covers the signed properties (EN 319 132-1 clause 4.4.2). */
export const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties';

/** The XML document that a seal is enveloped in, in its canonical form, as the last child of its root element. */
export interface Envelope {
  /** Value of the root's `Id`. */
  readonly rootId: string;
  /** The end tag, in front of which the seal stands. */
  readonly rootEnd: string;
  /** Namespaces that the root declares, `xmlns:xades` among them: the seal is in their scope. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** The explicit signature policy that a seal follows. */
export interface SealPolicy {
  /** URI or URN. */
  readonly id: string;
  /** SHA-256 of the policy document. */
  readonly hash: Uint8Array;
  /** Where the document is published. */
  readonly uri: string;
}

export interface SignedPropertiesInput {
  readonly envelope: Envelope;
  /** Id of the ds:Signature; all other Ids are made from it. */
  readonly id: string;
  readonly signingTime: Date;
  readonly policy: SealPolicy;
  /** DER: the sealer's certificate, then every one that CertificateValues has, in its order. */
  readonly certificates: readonly Uint8Array[];
}

export interface SignedInfoInput {
  readonly envelope: Envelope;
  readonly id: string;
  readonly signatureAlgorithm: string;
  /** SHA-256 of the document without its seal, and of SignedProperties. */
  readonly packageDigest: Uint8Array;
  readonly propertiesDigest: Uint8Array;
}

export interface SealInput {
  readonly id: string;
  /** Canonical text of both signed parts. */
  readonly signedInfo: string;
  readonly signedProperties: string;
  readonly signatureValue: Uint8Array;
  /** As SignedPropertiesInput.certificates. */
  readonly certificates: readonly Uint8Array[];
  readonly revocation: Pick<ValidationData, 'crls' | 'ocsps'>;
}

const scopeOf = ({ namespaces }: Envelope) => ({ ...namespaces, 'xmlns:ds': DS });

const algorithm = (name: string, uri: string, ...content: string[]): string =>
  element(name, { Algorithm: uri }, ...content);

/** Ids of the parts of the seal `id`. */
export const packageReferenceId = (id: string): string => `${id}-ref0`;
export const signedPropertiesId = (id: string): string => `${id}-signedprops`;
export const signatureValueId = (id: string): string => `${id}-sigvalue`;

export function writeSignedProperties(input: SignedPropertiesInput): string {
  return element(
    'xades:SignedProperties',
    { ...scopeOf(input.envelope), Id: signedPropertiesId(input.id) },
    element(
      'xades:SignedSignatureProperties',
      {},
      textElement('xades:SigningTime', formatDateTime(input.signingTime, 'SigningTime')),
      element('xades:SigningCertificate', {}, ...input.certificates.map(writeCertificateReference)),
      writePolicy(input.policy),
    ),
    element(
      'xades:SignedDataObjectProperties',
      {},
      element(
        'xades:DataObjectFormat',
        { ObjectReference: `#${packageReferenceId(input.id)}` },
        textElement('xades:MimeType', 'text/xml'),
      ),
    ),
  );
}

const certificateReferences = new LruCache<string>(100);

function writeCertificateReference(der: Uint8Array): string {
  return certificateReferences.of(der, () => certificateReference(readCertificateFields(der)));
}

function certificateReference({ der, issuer, serial }: CertificateFields): string {
  return element(
    'xades:Cert',
    {},
    element('xades:CertDigest', {}, ...digest(createHash('sha256').update(der).digest())),
    element(
      'xades:IssuerSerial',
      {},
      textElement('ds:X509IssuerName', new DistinguishedName(issuer).text),
      textElement('ds:X509SerialNumber', BigInt(`0x${Buffer.from(serial).toString('hex')}`).toString()),
    ),
  );
}

function writePolicy({ id, hash, uri }: SealPolicy): string {
  return element(
    'xades:SignaturePolicyIdentifier',
    {},
    element(
      'xades:SignaturePolicyId',
      {},
      element('xades:SigPolicyId', {}, textElement('xades:Identifier', id)),
      element('xades:SigPolicyHash', {}, ...digest(hash)),
      element(
        'xades:SigPolicyQualifiers',
        {},
        element('xades:SigPolicyQualifier', {}, textElement('xades:SPURI', uri)),
      ),
    ),
  );
}

const digest = (sha256: Uint8Array): string[] => [
  algorithm('ds:DigestMethod', SHA256),
  base64Element('ds:DigestValue', sha256),
];

export function writeSignedInfo(input: SignedInfoInput): string {
  const { id, packageDigest, propertiesDigest } = input;
  return element(
    'ds:SignedInfo',
    scopeOf(input.envelope),
    algorithm('ds:CanonicalizationMethod', C14N_10),
    algorithm('ds:SignatureMethod', input.signatureAlgorithm),
    element(
      'ds:Reference',
      { Id: packageReferenceId(id), URI: `#${input.envelope.rootId}` },
      element('ds:Transforms', {}, algorithm('ds:Transform', ENVELOPED_SIGNATURE)),
      ...digest(packageDigest),
    ),
    element(
      'ds:Reference',
      { Type: SIGNED_PROPERTIES_TYPE, URI: `#${signedPropertiesId(id)}` },
      ...digest(propertiesDigest),
    ),
  );
}

export function writeSeal(input: SealInput): string {
  const { id, certificates, revocation } = input;
  const [leaf, ...others] = certificates;
  return element(
    'ds:Signature',
    { 'xmlns:ds': DS, Id: id },
    input.signedInfo,
    base64Element('ds:SignatureValue', input.signatureValue, { Id: signatureValueId(id) }),
    element('ds:KeyInfo', {}, element('ds:X509Data', {}, base64Element('ds:X509Certificate', leaf!))),
    element(
      'ds:Object',
      {},
      element(
        'xades:QualifyingProperties',
        { Target: `#${id}` },
        input.signedProperties,
        element(
          'xades:UnsignedProperties',
          {},
          element(
            'xades:UnsignedSignatureProperties',
            {},
            certificateValues(others),
            revocationValues(revocation),
          ),
        ),
      ),
    ),
  );
}
