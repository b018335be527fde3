/** Writes a WSD in canonical form, unsealed. */
import { createHash } from 'node:crypto';
import { SHA256, XADES } from '@segl/ades/xml/algorithms';
import { base64Element, element, textElement } from '@segl/ades/xml/canonical-text';
import { formatDateTime } from '@segl/ades/xml/date-time';
import type { Envelope } from '@segl/ades/xades/seal-form';
import { certificateValues, revocationValues } from '@segl/ades/xades/values';
import { WSD, type WsdContent, type WsdLogin, type WsdStatement } from './content.ts';

/** What the seal of a WSD is written into. */
export const WSD_ENVELOPE: Envelope = {
  rootId: 'wsd',
  rootEnd: '</wsd:Wsd>',
  namespaces: { 'xmlns:wsd': WSD, 'xmlns:xades': XADES },
};

/**
 * One Wsd element, exactly its Canonical XML 1.0 form, no XML declaration. Throws XML_CHARACTER_INVALID for text that
 * XML cannot carry.
 */
export function writeWsd({ statement, bundle, login, signer }: WsdContent): string {
  const { namespaces, rootId } = WSD_ENVELOPE;
  return element(
    'wsd:Wsd',
    { ...namespaces, Id: rootId },
    writeStatement(statement, {}),
    bundle ? writeBundle(bundle, {}) : '',
    login ? writeLogin(login) : '',
    element(
      'wsd:Signer',
      {},
      textElement('wsd:DisplayName', signer.displayName),
      signer.uniqueId === undefined ? '' : textElement('wsd:UniqueId', signer.uniqueId),
    ),
  );
}

const ALONE = { 'xmlns:wsd': WSD };

const digestOf = (xml: string): Buffer => createHash('sha256').update(xml).digest();

/** SHA-256 of the Statement element in Exclusive Canonical XML 1.0. */
export const statementDigest = (statement: WsdStatement): Buffer =>
  digestOf(writeStatement(statement, ALONE));

/**
 * What a login is bound to, as a word that travels with it: the element Statement, or Bundle where one login confirms several
 * statements, in Exclusive Canonical XML 1.0.
 */
export const bindingOf = ({ statement, bundle }: Pick<WsdContent, 'statement' | 'bundle'>): string =>
  `sha256:${(bundle ? digestOf(writeBundle(bundle, ALONE)) : statementDigest(statement)).toString('hex')}`;

const writeBundle = (bundle: readonly Uint8Array[], namespaces: Readonly<Record<string, string>>): string =>
  element(
    'wsd:Bundle',
    namespaces,
    ...bundle.map((sha256) => base64Element('wsd:Digest', sha256, { Algorithm: SHA256 })),
  );

function writeStatement(statement: WsdStatement, namespaces: Readonly<Record<string, string>>): string {
  const { document, handwriting, claimedName } = statement;
  return element(
    'wsd:Statement',
    namespaces,
    textElement('wsd:SignText', statement.signText, { Language: statement.language }),
    element(
      'wsd:Document',
      {},
      textElement('wsd:Title', document.title),
      textElement('wsd:MimeType', document.mimeType),
      base64Element('wsd:Digest', document.sha256, { Algorithm: SHA256 }),
    ),
    textElement('wsd:Method', statement.method),
    textElement('wsd:TransactionId', statement.transactionId),
    textElement('wsd:DeclaredAt', formatDateTime(statement.declaredAt, 'wsd:DeclaredAt')),
    handwriting
      ? element(
          'wsd:Handwriting',
          {},
          textElement(handwriting.kind === 'drawn' ? 'wsd:Drawing' : 'wsd:TypedName', handwriting.text),
          base64Element('wsd:Digest', handwriting.digest, { Algorithm: SHA256 }),
        )
      : '',
    claimedName ? textElement('wsd:ClaimedName', claimedName.name, { Source: claimedName.source }) : '',
  );
}

function writeLogin({ message, receivedAt, validation }: WsdLogin): string {
  return element(
    'wsd:Login',
    {},
    base64Element('wsd:Message', message),
    textElement('wsd:ReceivedAt', formatDateTime(receivedAt, 'wsd:ReceivedAt')),
    certificateValues(validation.certificates),
    revocationValues(validation),
  );
}
