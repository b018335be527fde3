/** Unsigned properties in exclusive canonical form (ETSI EN 319 132-1 clauses 5.3 to 5.5 and annex A). */
import { createHash } from 'node:crypto';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { C14N_EXCLUSIVE } from '../xml/c14n.ts';
import { formatDateTime } from '../xml/date-time.ts';
import { base64Node, node, writeApex, type Node } from './exclusive-text.ts';
import { certificateNode, digestNodes } from './signed-properties.ts';
import { describeCrl, describeOcsp } from './revocation-references.ts';

const stampNodes = (token: Uint8Array): Node[] => [
  node('ds:CanonicalizationMethod', { Algorithm: C14N_EXCLUSIVE }),
  base64Node('xades:EncapsulatedTimeStamp', token),
];

export const signatureTimeStamp = (id: string, token: Uint8Array): string =>
  writeApex(node('xades:SignatureTimeStamp', { Id: id }, ...stampNodes(token)));

export const archiveTimeStamp = (id: string, token: Uint8Array): string =>
  writeApex(node('xades141:ArchiveTimeStamp', { Id: id }, ...stampNodes(token)));

export const sigAndRefsTimeStamp = (id: string, token: Uint8Array): string =>
  writeApex(node('xades141:SigAndRefsTimeStampV2', { Id: id }, ...stampNodes(token)));

const certificateValuesNode = (certificates: readonly Uint8Array[]): Node =>
  node(
    'xades:CertificateValues',
    {},
    ...certificates.map((der) => base64Node('xades:EncapsulatedX509Certificate', der)),
  );

const listNode = (name: Node['name'], items: readonly Node[]): Node[] =>
  items.length === 0 ? [] : [node(name, {}, ...items)];

const revocationValuesNode = ({ crls, ocsps }: Omit<ValidationData, 'certificates'>): Node =>
  node(
    'xades:RevocationValues',
    {},
    ...listNode(
      'xades:CRLValues',
      crls.map((der) => base64Node('xades:EncapsulatedCRLValue', der)),
    ),
    ...listNode(
      'xades:OCSPValues',
      ocsps.map((der) => base64Node('xades:EncapsulatedOCSPValue', der)),
    ),
  );

const hasRevocation = ({ crls, ocsps }: ValidationData): boolean => crls.length + ocsps.length > 0;

export const certificateValues = (certificates: readonly Uint8Array[]): string =>
  writeApex(certificateValuesNode(certificates));

export const revocationValues = (data: ValidationData): string => writeApex(revocationValuesNode(data));

/** Validation data of the time-stamp with the Id `stampId`, where it has one. */
export const timeStampValidationData = (stampId: string | undefined, data: ValidationData): string =>
  writeApex(
    node(
      'xades141:TimeStampValidationData',
      stampId === undefined ? {} : { URI: `#${stampId}` },
      ...(data.certificates.length > 0 ? [certificateValuesNode(data.certificates)] : []),
      ...(hasRevocation(data) ? [revocationValuesNode(data)] : []),
    ),
  );

/** References to the certificates of the path, the signer's own left out (annex A.1.1). */
export const completeCertificateRefs = (certificates: readonly Uint8Array[]): string =>
  writeApex(
    node(
      'xades141:CompleteCertificateRefsV2',
      {},
      node('xades141:CertRefs', {}, ...certificates.map((der) => certificateNode(der))),
    ),
  );

const digestAlgAndValue = (der: Uint8Array): Node =>
  node('xades:DigestAlgAndValue', {}, ...digestNodes(createHash('sha256').update(der).digest()));

/** References to the revocation data of the path (annex A.1.2). Throws ASN1_INVALID. */
export function completeRevocationRefs({ crls, ocsps }: ValidationData): string {
  const crlRefs = crls.map((der) => {
    const { issuer, issueTime, number } = describeCrl(der);
    return node(
      'xades:CRLRef',
      {},
      digestAlgAndValue(der),
      node(
        'xades:CRLIdentifier',
        {},
        node('xades:Issuer', {}, issuer),
        node('xades:IssueTime', {}, formatDateTime(issueTime, 'IssueTime')),
        ...(number === undefined ? [] : [node('xades:Number', {}, number.toString())]),
      ),
    );
  });
  const ocspRefs = ocsps.map((der) => {
    const { byName, byKey, producedAt } = describeOcsp(der);
    return node(
      'xades:OCSPRef',
      {},
      node(
        'xades:OCSPIdentifier',
        {},
        node(
          'xades:ResponderID',
          {},
          byKey ? base64Node('xades:ByKey', byKey) : node('xades:ByName', {}, byName ?? ''),
        ),
        node('xades:ProducedAt', {}, formatDateTime(producedAt, 'ProducedAt')),
      ),
      digestAlgAndValue(der),
    );
  });
  return writeApex(
    node(
      'xades:CompleteRevocationRefs',
      {},
      ...listNode('xades:CRLRefs', crlRefs),
      ...listNode('xades:OCSPRefs', ocspRefs),
    ),
  );
}
