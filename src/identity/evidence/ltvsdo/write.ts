/** Writes an LTV-SDO in canonical form, unsealed. */
import { SHA256, XADES } from '@segl/ades/xml/algorithms';
import { base64Element, element, textElement } from '@segl/ades/xml/canonical-text';
import { formatDateTime } from '@segl/ades/xml/date-time';
import type { Envelope } from '@segl/ades/xades/seal-form';
import { certificateValues, revocationValues } from '@segl/ades/xades/values';
import { LTV_11 } from './content.ts';
import type {
  AuditEvent,
  LtvSdoContent,
  NativeSignature,
  ProcessContext,
  SignerDescription,
} from './content.ts';
import { identityProblems } from '../../problems.ts';

/** Id of the root element; the seal refers to it. */
const ROOT_ID = 'root';

/** The end of every package: a seal goes in front of it. */
const ROOT_END = '</ltv:LtvSdo>';

/** Namespaces that the root declares and that every element inside is in the scope of. */
const ROOT_NAMESPACES = { 'xmlns:ltv': LTV_11, 'xmlns:xades': XADES } as const;

/** What a seal of a package is written into. */
export const LTV_SDO_ENVELOPE: Envelope = {
  rootId: ROOT_ID,
  rootEnd: ROOT_END,
  namespaces: ROOT_NAMESPACES,
};

/**
 * The package without a seal: one LtvSdo element, exactly its Canonical XML 1.0 form, no XML declaration. Throws
 * XML_CHARACTER_INVALID for text that XML cannot carry and LTVSDO_INVALID for content that no package may have.
 */
export function writeLtvSdo(content: LtvSdoContent): string {
  const { document, signature } = content;
  return element(
    'ltv:LtvSdo',
    { ...ROOT_NAMESPACES, Id: ROOT_ID },
    element(
      'ltv:Description',
      {},
      writeSigner(content.signer),
      element(
        'ltv:DocumentDescription',
        {},
        textElement('ltv:DocumentMimeType', document.mimeType),
        textElement('ltv:DocumentTitle', document.title),
        base64Element('ltv:DocumentDigest', document.sha256, { alg: SHA256 }),
      ),
      element(
        'ltv:SignatureDescription',
        {},
        textElement('ltv:SignatureTypeFriendlyName', signature.typeFriendlyName),
        textElement('ltv:SignatureFormatFriendlyName', signature.formatFriendlyName),
        time('xades:SigningTime', signature.signingTime),
      ),
    ),
    textElement('ltv:PackagingPolicyIdentifier', content.packagingPolicy),
    writeNative(content.native),
    element(
      'ltv:SignatureContext',
      {},
      writeContext('ltv:SignatureCreationContext', content.creation),
      writeContext('ltv:SignatureVerificationContext', content.verification),
      content.externalReference === undefined
        ? ''
        : element('ltv:ExternalContext', {}, textElement('ltv:ExternalReference', content.externalReference)),
    ),
    element(
      'ltv:AuditTrails',
      {},
      writeTrail('ltv:SignatureCreationAuditTrail', content.creationAuditTrail),
      content.verificationAuditTrail.length === 0
        ? ''
        : writeTrail('ltv:SignatureVerificationAuditTrail', content.verificationAuditTrail),
    ),
  );
}

const time = (name: string, date: Date): string => textElement(name, formatDateTime(date, name));

function required<T>(name: string, entries: readonly T[], write: (entry: T) => string): string {
  if (entries.length === 0)
    throw identityProblems.error('LTVSDO_INVALID', {
      why: identityProblems.of('ltvsdo/part-missing', { name }),
    });
  return entries.map(write).join('');
}

function writeSigner({ displayName, uniqueId, nationalId, attributes }: SignerDescription): string {
  return element(
    'ltv:SignerDescription',
    {},
    textElement('ltv:SignerDisplayName', displayName),
    textElement('ltv:SignerUniqueId', uniqueId),
    ...(nationalId
      ? [
          textElement('ltv:SignerNationalId', nationalId.id),
          textElement('ltv:SignerNationality', nationalId.nationality),
          textElement('ltv:SignerNationalIdType', nationalId.type),
        ]
      : []),
    ...attributes.map(({ name, nameSpace, value }) =>
      textElement('ltv:Attribute', value, { Name: name, NameSpace: nameSpace }),
    ),
  );
}

function writeNative(native: NativeSignature): string {
  return element(
    'ltv:NativeSignature',
    {},
    base64Element('ltv:NativeSdo', native.bytes, {
      Format: native.format,
      MimeType: native.mimeType,
      Version: native.version,
    }),
    element(
      'ltv:NativeSignatureQualifyingProperties',
      {},
      time('xades:SigningTime', native.signingTime),
      certificateValues(native.validation.certificates),
      revocationValues(native.validation),
    ),
    native.bundleIndex === undefined ? '' : textElement('ltv:BundleIndex', String(native.bundleIndex)),
    native.originalDocument ? base64Element('ltv:OriginalDocument', native.originalDocument) : '',
  );
}

function writeContext(name: string, { type, components, transactionId }: ProcessContext): string {
  return element(
    name,
    { Type: type },
    required('Component', components, (component) =>
      element('ltv:Component', { Name: component.name, Version: component.version }),
    ),
    textElement('ltv:Reference', transactionId, { Type: 'transaction-id' }),
  );
}

function writeTrail(name: string, events: readonly AuditEvent[]): string {
  return element(name, {}, required('Event', events, writeEvent));
}

function writeEvent({ at, type, data }: AuditEvent): string {
  return element(
    'ltv:Event',
    {},
    time('ltv:Timestamp', at),
    textElement('ltv:Type', type),
    element(
      'ltv:Data',
      {},
      required('DataEntry', data, ({ name, value }) => textElement('ltv:DataEntry', value, { Name: name })),
    ),
  );
}
