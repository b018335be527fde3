/** Reads a WSD and verifies its seal. */
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { identityProblems } from '../../problems.ts';
import { WSD_SIGNATURE_POLICY, namedPolicy } from '../ltvsdo/policy.ts';
import { readValidationData } from '@segl/ades/xades/values';
import { verifySealedXml, type VerifiedSeal } from '@segl/ades/xades/verify-seal';
import { SHA256, XADES } from '@segl/ades/xml/algorithms';
import { parseDateTime } from '@segl/ades/xml/date-time';
import { base64Of, isElement, parseXml, textOf, type XmlElement } from '@segl/ades/xml/document';
import { ElementReader } from '@segl/ades/xml/element-reader';
import { WSD, type WsdContent, type WsdHandwriting, type WsdLogin, type WsdStatement } from './content.ts';
import { WSD_ENVELOPE } from './write.ts';

export interface VerifiedWsd {
  /** Read from the node that was digested. */
  readonly content: WsdContent;
  readonly seal: VerifiedSeal;
}

/**
 * Core validation of the seal, its place, its properties and its form, and the form of the whole. What the content is
 * worth is judged elsewhere. Throws WSD_INVALID.
 */
export function verifyWsd(bytes: Uint8Array): VerifiedWsd {
  return withWsdErrors(() => {
    const policy = namedPolicy(WSD_SIGNATURE_POLICY);
    const { element, seal } = verifySealedXml(parseXml(bytes), bytes, WSD_ENVELOPE, policy);
    if (seal.policy?.id !== WSD_SIGNATURE_POLICY) throw invalid(identityProblems.of('wsd/seal-policy'));
    return { content: readContent(element), seal };
  });
}

/** What an unsealed WSD says, as `writeWsd` wrote it. Throws WSD_INVALID. */
export const readWsd = (bytes: Uint8Array): WsdContent =>
  withWsdErrors(() => readContent(parseXml(bytes).root));

/** Runs `read` and reports what XML and signatures have against the document as WSD_INVALID. */
export function withWsdErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isSeglError(error, 'XML_INVALID', 'XMLDSIG_INVALID', 'ASN1_INVALID')) throw error;
    throw identityProblems.error('WSD_INVALID', { why: reasonOf(error) }, { cause: error });
  }
}

const invalid = (why: Problem): SeglError => identityProblems.error('XML_INVALID', { why });

function readContent(root: XmlElement): WsdContent {
  if (!isElement(root, WSD, 'Wsd')) throw invalid(identityProblems.of('wsd/root'));
  const reader = new ElementReader(root, WSD);
  const statement = readStatement(reader.next('Statement'));
  const bundle = reader.optional('Bundle');
  const login = reader.optional('Login');
  const signer = new ElementReader(reader.next('Signer'), WSD);
  reader.optional('Signature', 'http://www.w3.org/2000/09/xmldsig#');
  reader.finish();
  const displayName = textOf(signer.next('DisplayName'));
  const uniqueId = signer.optional('UniqueId');
  signer.finish();
  return {
    statement,
    ...(bundle && { bundle: readBundle(bundle) }),
    ...(login && { login: readLogin(login) }),
    signer: { displayName, ...(uniqueId && { uniqueId: textOf(uniqueId) }) },
  };
}

/** Statements that one login confirms; more than a signer can be shown at once are none of ours. */
const MOST_IN_BUNDLE = 32;

function readBundle(parent: XmlElement): readonly Uint8Array[] {
  const reader = new ElementReader(parent, WSD);
  const digests: Uint8Array[] = [];
  for (let next = reader.optional('Digest'); next; next = reader.optional('Digest')) {
    if (digests.length === MOST_IN_BUNDLE) throw invalid(identityProblems.of('wsd/bundle'));
    digests.push(readDigest(next));
  }
  reader.finish();
  return digests;
}

const time = (element: XmlElement): Date => parseDateTime(textOf(element), element.name);

function readDigest(element: XmlElement): Uint8Array {
  if (element.attribute('Algorithm') !== SHA256) throw invalid(identityProblems.of('wsd/digest'));
  return base64Of(element, 'Digest');
}

function readStatement(parent: XmlElement): WsdStatement {
  const reader = new ElementReader(parent, WSD);
  const signText = reader.next('SignText');
  const document = new ElementReader(reader.next('Document'), WSD);
  const method = textOf(reader.next('Method'));
  const transactionId = textOf(reader.next('TransactionId'));
  const declaredAt = time(reader.next('DeclaredAt'));
  const handwriting = reader.optional('Handwriting');
  const claimed = reader.optional('ClaimedName');
  reader.finish();
  const title = textOf(document.next('Title'));
  const mimeType = textOf(document.next('MimeType'));
  const sha256 = readDigest(document.next('Digest'));
  document.finish();
  return {
    signText: textOf(signText),
    language: signText.attribute('Language') ?? '',
    document: { title, mimeType, sha256 },
    method,
    transactionId,
    declaredAt,
    ...(handwriting && { handwriting: readHandwriting(handwriting) }),
    ...(claimed && { claimedName: { name: textOf(claimed), source: readSource(claimed) } }),
  };
}

function readSource(claimed: XmlElement): 'order' | 'signer' {
  const source = claimed.attribute('Source');
  if (source !== 'order' && source !== 'signer')
    throw invalid(identityProblems.of('wsd/claimed-name-source'));
  return source;
}

function readHandwriting(parent: XmlElement): WsdHandwriting {
  const reader = new ElementReader(parent, WSD);
  const drawing = reader.optional('Drawing');
  const text = textOf(drawing ?? reader.next('TypedName'));
  const digest = readDigest(reader.next('Digest'));
  reader.finish();
  return { kind: drawing ? 'drawn' : 'typed', text, digest };
}

function readLogin(parent: XmlElement): WsdLogin {
  const reader = new ElementReader(parent, WSD);
  const message = base64Of(reader.next('Message'), 'Message');
  const receivedAt = time(reader.next('ReceivedAt'));
  reader.optional('CertificateValues', XADES);
  reader.optional('RevocationValues', XADES);
  reader.finish();
  return { message, receivedAt, validation: readValidationData(parent) };
}
