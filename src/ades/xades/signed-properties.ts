/** xades:SignedProperties of a general XAdES signature (ETSI EN 319 132-1 clause 5.2), baseline and EPES. */
import { createHash } from 'node:crypto';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import { readCertificateFields } from '@segl/pki/x509/certificate-fields';
import { integer, sequence, tlv } from '@segl/pki/asn1/der-write';
import { SHA256, SHA384, SHA512 } from '../xml/algorithms.ts';
import { formatDateTime } from '../xml/date-time.ts';
import { base64Node, node, writeApex, type Node } from './exclusive-text.ts';

/** The signature policy that a signature follows (clause 5.2.9). */
export interface SignaturePolicy {
  /** URI, or URN of an OID. */
  readonly id: string;
  /** SHA-256 of the policy document. */
  readonly hash: Uint8Array;
  /** Where the document is published. */
  readonly uri?: string;
  /** What a verifier is to show. */
  readonly notice?: string;
}

/** A signed data object as DataObjectFormat tells it (clause 5.2.4). */
export interface DataFormat {
  /** Id of its ds:Reference. */
  readonly referenceId: string;
  readonly mimeType: string;
  /** URI, where the data is in ds:Object; equal to the attribute there. */
  readonly encoding?: string;
}

export interface SignedPropertiesInput {
  readonly id: string;
  readonly signingTime: Date;
  /** DER of the signer's certificate. */
  readonly certificate: Uint8Array;
  /** By which the certificate is named. */
  readonly hash: NewDigest;
  readonly policy?: SignaturePolicy;
  readonly formats: readonly DataFormat[];
}

const algorithms = { sha256: SHA256, sha384: SHA384, sha512: SHA512 } as const;

/** DigestMethod and DigestValue of a digest, SHA-256 where nothing else made it. */
export const digestNodes = (digest: Uint8Array, hash: NewDigest = 'sha256'): readonly [Node, Node] => [
  node('ds:DigestMethod', { Algorithm: algorithms[hash] }),
  base64Node('ds:DigestValue', digest),
];

export function writeSignedPropertiesText(input: SignedPropertiesInput): string {
  const { id, signingTime, certificate, hash, policy, formats } = input;
  return writeApex(
    node(
      'xades:SignedProperties',
      { Id: id },
      node(
        'xades:SignedSignatureProperties',
        {},
        node('xades:SigningTime', {}, formatDateTime(signingTime, 'SigningTime')),
        node('xades:SigningCertificateV2', {}, certificateNode(certificate, hash)),
        ...(policy ? [policyNode(policy)] : []),
      ),
      node('xades:SignedDataObjectProperties', {}, ...formats.map(formatNode)),
    ),
  );
}

/** CertIDTypeV2 (clause 5.2.2): digest, and the issuer and serial number as RFC 5035 IssuerSerial in DER. */
export function certificateNode(der: Uint8Array, hash: NewDigest = 'sha256'): Node {
  const { issuer, serial } = readCertificateFields(der);
  const GENERAL_NAME_DIRECTORY = 0xa4;
  const issuerSerial = sequence(sequence(tlv(GENERAL_NAME_DIRECTORY, issuer.raw)), integer(serial));
  return node(
    'xades:Cert',
    {},
    node('xades:CertDigest', {}, ...digestNodes(createHash(hash).update(der).digest(), hash)),
    base64Node('xades:IssuerSerialV2', issuerSerial),
  );
}

function policyNode({ id, hash, uri, notice }: SignaturePolicy): Node {
  const qualifiers = [
    ...(uri === undefined ? [] : [node('xades:SPURI', {}, uri)]),
    ...(notice === undefined ? [] : [node('xades:SPUserNotice', {}, node('xades:ExplicitText', {}, notice))]),
  ].map((qualifier) => node('xades:SigPolicyQualifier', {}, qualifier));
  return node(
    'xades:SignaturePolicyIdentifier',
    {},
    node(
      'xades:SignaturePolicyId',
      {},
      node('xades:SigPolicyId', {}, node('xades:Identifier', {}, id)),
      node('xades:SigPolicyHash', {}, ...digestNodes(hash)),
      ...(qualifiers.length > 0 ? [node('xades:SigPolicyQualifiers', {}, ...qualifiers)] : []),
    ),
  );
}

const formatNode = ({ referenceId, mimeType, encoding }: DataFormat): Node =>
  node(
    'xades:DataObjectFormat',
    { ObjectReference: `#${referenceId}` },
    node('xades:MimeType', {}, mimeType),
    ...(encoding === undefined ? [] : [node('xades:Encoding', {}, encoding)]),
  );
