/** Reads SignedProperties of any maker. They mean something only once the signature over them has been verified. */
import { adesProblems } from '../problems.ts';
import type { ReadPolicy } from '../cades/signature-policy.ts';
import { DS, XADES, digestAlgorithms } from '../xml/algorithms.ts';
import { parseDateTime } from '../xml/date-time.ts';
import { base64Of, findChild, findChildren, getChild, textOf, type XmlElement } from '../xml/document.ts';

export interface ReadDigest {
  /** As node:crypto names it. */
  readonly hash: string;
  readonly value: Uint8Array;
}

export interface SignedProperties {
  readonly signingTime?: Date;
  /** SigningCertificate or SigningCertificateV2, the signer's own first. */
  readonly certificateDigests: readonly ReadDigest[];
  readonly policy?: ReadPolicy;
  /** By the Id of the ds:Reference that they are about. */
  readonly mimeTypes: ReadonlyMap<string, string>;
}

/** Throws XML_INVALID. */
export function readSignedProperties(element: XmlElement): SignedProperties {
  const signature = findChild(element, XADES, 'SignedSignatureProperties');
  const objects = findChild(element, XADES, 'SignedDataObjectProperties');
  const time = signature && findChild(signature, XADES, 'SigningTime');
  const certificates =
    signature &&
    (findChild(signature, XADES, 'SigningCertificateV2') ??
      findChild(signature, XADES, 'SigningCertificate'));
  const policy = signature && findChild(signature, XADES, 'SignaturePolicyIdentifier');
  return {
    ...(time && { signingTime: parseDateTime(textOf(time), 'SigningTime') }),
    certificateDigests: (certificates ? certificates.elements : []).map((cert) =>
      readDigest(getChild(cert, XADES, 'CertDigest')),
    ),
    ...(policy && { policy: readPolicy(policy) }),
    mimeTypes: new Map((objects ? findChildren(objects, XADES, 'DataObjectFormat') : []).flatMap(readFormat)),
  };
}

function readDigest(parent: XmlElement): ReadDigest {
  const algorithm = getChild(parent, DS, 'DigestMethod').attribute('Algorithm') ?? '';
  const hash = digestAlgorithms.get(algorithm);
  if (!hash)
    throw adesProblems.error('XML_INVALID', { why: adesProblems.of('xml/digest-unknown', { algorithm }) });
  return { hash, value: base64Of(getChild(parent, DS, 'DigestValue'), 'DigestValue') };
}

function readPolicy(identifier: XmlElement): ReadPolicy {
  const policy = findChild(identifier, XADES, 'SignaturePolicyId');
  if (!policy) return { id: 'implied' };
  const hash = findChild(policy, XADES, 'SigPolicyHash');
  const qualifiers = findChild(policy, XADES, 'SigPolicyQualifiers');
  const inner = (qualifiers ? qualifiers.elements : []).flatMap(({ elements }) => elements);
  const uri = inner.find(({ name }) => name === 'SPURI');
  const notice = inner.find(({ name }) => name === 'SPUserNotice');
  const text = notice && findChild(notice, XADES, 'ExplicitText');
  return {
    id: textOf(getChild(getChild(policy, XADES, 'SigPolicyId'), XADES, 'Identifier')).trim(),
    ...(hash && { hash: readDigest(hash) }),
    ...(uri && { uri: textOf(uri) }),
    ...(text && { notice: textOf(text) }),
  };
}

function readFormat(format: XmlElement): [string, string][] {
  const reference = format.attribute('ObjectReference');
  const mimeType = findChild(format, XADES, 'MimeType');
  return reference?.startsWith('#') && mimeType ? [[reference.slice(1), textOf(mimeType)]] : [];
}
