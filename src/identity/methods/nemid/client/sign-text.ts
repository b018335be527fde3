/** The text that the signer sees in the NemID client and commits to. */
import { nemidProblems } from '../problems.ts';
import { createHash } from 'node:crypto';
import { textOf } from '../../../shown-text.ts';
import type { SignMaterial } from '../native-method.ts';

/** How the text of a document reads in the two languages of the page. */
const DECLARATIONS = {
  da: {
    commitment:
      'Jeg har læst PDF-dokumentet, som er nævnt her, og jeg forpligter mig til dets indhold med min underskrift.',
    document: 'Dokument',
    digest: 'SHA-256',
  },
  en: {
    commitment:
      'I have read the PDF document that is named here, and I commit myself to its content with my signature.',
    document: 'Document',
    digest: 'SHA-256',
  },
} as const;

/** The languages that the declaration exists in; all others see the Danish one. */
const declarationIn = (language: string) => (/^en\b/i.test(language) ? DECLARATIONS.en : DECLARATIONS.da);

/** True for what NemID may sign: plain text and PDF. */
export function isSignable(mimeType: string): boolean {
  return ['text/plain', 'application/pdf'].includes(baseType(mimeType));
}

export const isPdf = (mimeType: string): boolean => baseType(mimeType) === 'application/pdf';

const baseType = (mimeType: string): string => (mimeType.split(';')[0] ?? '').trim().toLowerCase();

/**
 * The sign text, always the same for the same material and language.
 *
 * Plain text is shown as it is: decoded by its charset (none: UTF-8), a byte order mark taken off, line ends and white
 * space untouched, so that the signed text is the document. A PDF is stood for by a declaration that names its title
 * and SHA-256. An extra line of the order follows after a blank line.
 *
 * Throws SIGN_TYPE_REFUSED for other types, SIGN_TEXT_UNREADABLE when the bytes are not text in their charset or have
 * control characters that no client shows.
 */
export function writeSignText(material: SignMaterial, language: string): string {
  if (!isSignable(material.mimeType))
    throw nemidProblems.error('SIGN_TYPE_REFUSED', { type: material.mimeType });
  const text = isPdf(material.mimeType)
    ? declare(material, language)
    : textOf(material.documentId, material.mimeType, material.bytes);
  const extra = material.signTextEntry?.trim();
  return extra ? `${text}\n\n${extra}` : text;
}

function declare({ title, bytes }: SignMaterial, language: string): string {
  const { commitment, document, digest } = declarationIn(language);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // a title with line breaks could pass for further lines of the declaration
  const line = title.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return `${commitment}\n\n${document}: ${line}\n${digest}: ${sha256}`;
}
