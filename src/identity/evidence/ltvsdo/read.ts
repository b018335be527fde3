/** Reads an LTV-SDO, of version 1.0 or 1.1, made by us or by others. Reading proves nothing: see verify.ts. */
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { identityProblems } from '../../problems.ts';
import { DS, SHA256, XADES } from '@segl/ades/xml/algorithms';
import { parseDateTime } from '@segl/ades/xml/date-time';
import { base64Of, findAll, parseXml, textOf, type XmlElement } from '@segl/ades/xml/document';
import { ElementReader } from '@segl/ades/xml/element-reader';
import { readValidationData } from '@segl/ades/xades/values';
import { LTV_10, LTV_11 } from './content.ts';
import type { AuditEvent, LtvSdoContent, NationalId, NativeSignature, ProcessContext } from './content.ts';
import type { DocumentDescription, SignatureDescription, SignerDescription } from './content.ts';

export interface ReadLtvSdo extends LtvSdoContent {
  /** DER of the certificates that the seal names as its own (KeyInfo); empty when there is no seal. */
  readonly sealCertificates: readonly Uint8Array[];
}

/** What a package says, unverified. Throws LTVSDO_INVALID. */
export function readLtvSdo(bytes: Uint8Array): ReadLtvSdo {
  return withLtvSdoErrors(() => {
    const { root } = parseXml(bytes);
    return {
      ...readContent(root),
      sealCertificates: findAll(root, DS, 'X509Certificate').map((entry) =>
        base64Of(entry, 'X509Certificate'),
      ),
    };
  });
}

/** Runs `read` and reports what XML and signatures have against the package as LTVSDO_INVALID. */
export function withLtvSdoErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isSeglError(error, 'XML_INVALID', 'XMLDSIG_INVALID', 'ASN1_INVALID')) throw error;
    throw identityProblems.error('LTVSDO_INVALID', { why: reasonOf(error) }, { cause: error });
  }
}

/** Reads everything but the seal out of the root element. Throws XML_INVALID. */
export function readContent(root: XmlElement): LtvSdoContent {
  const ns = root.namespaceUri;
  if (root.name !== 'LtvSdo' || (ns !== LTV_11 && ns !== LTV_10)) {
    throw identityProblems.error('XML_INVALID', { why: identityProblems.of('ltvsdo/root') });
  }
  const reader = new ElementReader(root, ns);
  const description = new ElementReader(reader.next('Description'), ns);
  const signer = readSigner(description.next('SignerDescription'), ns);
  const document = readDocument(description.next('DocumentDescription'), ns);
  const signature = readSignature(description.next('SignatureDescription'), ns);
  description.finish();
  const packagingPolicy = textOf(reader.next('PackagingPolicyIdentifier'));
  const native = readNative(reader.next('NativeSignature'), ns);
  const contexts = readContexts(reader.next('SignatureContext'), ns);
  const trails = new ElementReader(reader.next('AuditTrails'), ns);
  const creationAuditTrail = readTrail(trails.next('SignatureCreationAuditTrail'), ns);
  const verificationTrail = trails.optional('SignatureVerificationAuditTrail');
  trails.finish();
  reader.optional('Signature', DS);
  reader.finish();
  return {
    signer,
    document,
    signature,
    packagingPolicy,
    native,
    ...contexts,
    creationAuditTrail,
    verificationAuditTrail: verificationTrail ? readTrail(verificationTrail, ns) : [],
  };
}

function requiredAttribute(element: XmlElement, name: string): string {
  const value = element.attribute(name);
  if (value === undefined)
    throw identityProblems.error('XML_INVALID', {
      why: identityProblems.of('ltvsdo/attribute-missing', { element: element.name, name }),
    });
  return value;
}

const time = (element: XmlElement): Date => parseDateTime(textOf(element), element.name);

function readSigner(parent: XmlElement, ns: string): SignerDescription {
  const reader = new ElementReader(parent, ns);
  const displayName = textOf(reader.next('SignerDisplayName'));
  const uniqueId = textOf(reader.next('SignerUniqueId'));
  const nationalId = readNationalId(reader);
  const attributes = reader.many('Attribute').map((entry) => ({
    name: requiredAttribute(entry, 'Name'),
    nameSpace: requiredAttribute(entry, 'NameSpace'),
    value: textOf(entry),
  }));
  reader.finish();
  return { displayName, uniqueId, ...(nationalId ? { nationalId } : {}), attributes };
}

function readNationalId(reader: ElementReader): NationalId | undefined {
  const id = reader.optional('SignerNationalId');
  if (!id) return undefined;
  return {
    id: textOf(id),
    nationality: textOf(reader.next('SignerNationality')),
    type: textOf(reader.next('SignerNationalIdType')),
  };
}

function readDocument(parent: XmlElement, ns: string): DocumentDescription {
  const reader = new ElementReader(parent, ns);
  const mimeType = textOf(reader.next('DocumentMimeType'));
  const title = textOf(reader.next('DocumentTitle'));
  const digest = reader.next('DocumentDigest');
  reader.finish();
  if (requiredAttribute(digest, 'alg') !== SHA256) {
    throw identityProblems.error('XML_INVALID', { why: identityProblems.of('ltvsdo/document-digest') });
  }
  return { mimeType, title, sha256: base64Of(digest, 'DocumentDigest') };
}

function readSignature(parent: XmlElement, ns: string): SignatureDescription {
  const reader = new ElementReader(parent, ns);
  const typeFriendlyName = textOf(reader.next('SignatureTypeFriendlyName'));
  const formatFriendlyName = textOf(reader.next('SignatureFormatFriendlyName'));
  const signingTime = time(reader.next('SigningTime', XADES));
  reader.finish();
  return { typeFriendlyName, formatFriendlyName, signingTime };
}

function readNative(parent: XmlElement, ns: string): NativeSignature {
  const reader = new ElementReader(parent, ns);
  const sdo = reader.next('NativeSdo');
  const properties = reader.next('NativeSignatureQualifyingProperties');
  const bundleIndex = reader.optional('BundleIndex');
  const originalDocument = reader.optional('OriginalDocument');
  reader.finish();
  const [signingTime] = new ElementReader(properties, XADES).many('SigningTime', 1);
  return {
    format: requiredAttribute(sdo, 'Format'),
    mimeType: requiredAttribute(sdo, 'MimeType'),
    version: requiredAttribute(sdo, 'Version'),
    bytes: base64Of(sdo, 'NativeSdo'),
    signingTime: time(signingTime!),
    validation: readValidationData(properties),
    ...(bundleIndex ? { bundleIndex: readIndex(bundleIndex) } : {}),
    ...(originalDocument ? { originalDocument: base64Of(originalDocument, 'OriginalDocument') } : {}),
  };
}

function readIndex(element: XmlElement): number {
  const text = textOf(element).trim();
  if (!/^\d{1,9}$/.test(text))
    throw identityProblems.error('XML_INVALID', { why: identityProblems.of('ltvsdo/bundle-index') });
  return Number(text);
}

function readContexts(
  parent: XmlElement,
  ns: string,
): Pick<LtvSdoContent, 'creation' | 'verification' | 'externalReference'> {
  const reader = new ElementReader(parent, ns);
  const creation = readContext(reader.next('SignatureCreationContext'), ns);
  const verification = readContext(reader.next('SignatureVerificationContext'), ns);
  const external = reader.optional('ExternalContext');
  reader.finish();
  if (!external) return { creation, verification };
  const externalReader = new ElementReader(external, ns);
  const externalReference = textOf(externalReader.next('ExternalReference'));
  externalReader.finish();
  return { creation, verification, externalReference };
}

function readContext(parent: XmlElement, ns: string): ProcessContext {
  const reader = new ElementReader(parent, ns);
  const components = reader.many('Component', 1).map((component) => ({
    name: requiredAttribute(component, 'Name'),
    version: requiredAttribute(component, 'Version'),
  }));
  const reference = reader.next('Reference');
  reader.finish();
  if (requiredAttribute(reference, 'Type') !== 'transaction-id') {
    throw identityProblems.error('XML_INVALID', { why: identityProblems.of('ltvsdo/reference-type') });
  }
  return { type: requiredAttribute(parent, 'Type'), components, transactionId: textOf(reference) };
}

function readTrail(parent: XmlElement, ns: string): AuditEvent[] {
  const reader = new ElementReader(parent, ns);
  const events = reader.many('Event', 1).map((event) => readEvent(event, ns));
  reader.finish();
  return events;
}

function readEvent(parent: XmlElement, ns: string): AuditEvent {
  const reader = new ElementReader(parent, ns);
  const at = time(reader.next('Timestamp'));
  const type = textOf(reader.next('Type'));
  const data = new ElementReader(reader.next('Data'), ns);
  reader.finish();
  const entries = data.many('DataEntry', 1).map((entry) => ({
    name: requiredAttribute(entry, 'Name'),
    value: textOf(entry),
  }));
  data.finish();
  return { at, type, data: entries };
}
