/** The text that a signer confirms on our own page, where no eID shows one. Pure. */

const WORDS = {
  da: {
    commitment: 'Jeg har læst dokumentet, som er nævnt her, og jeg underskriver det.',
    document: 'Dokument',
  },
  en: {
    commitment: 'I have read the document that is named here, and I sign it.',
    document: 'Document',
  },
} as const;

export type StatementLanguage = keyof typeof WORDS;

/** The languages that statements exist in; all others see the Danish one. */
export const statementLanguage = (language: string): StatementLanguage =>
  /^en\b/i.test(language) ? 'en' : 'da';

/** Always the same for the same document and language. `sha256`: hex; `entry`: an extra line of the order. */
export function writeSignStatement(
  document: { readonly title: string; readonly sha256: string; readonly entry?: string | undefined },
  language: StatementLanguage,
): string {
  const words = WORDS[language];
  // a title with line breaks could pass for further lines of the statement
  const title = document.title.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const text = `${words.commitment}\n\n${words.document}: ${title}\nSHA-256: ${document.sha256}`;
  const entry = document.entry?.replace(/\r\n?/g, '\n').trim();
  return entry ? `${text}\n\n${entry}` : text;
}
