/** The text that a signer confirms on our own page, where no eID shows one. Pure. */

const WORDS = {
  da: {
    commitment: 'Jeg har læst dokumentet, som er nævnt her, og jeg underskriver det.',
    commitments: 'Jeg har læst dokumenterne, som er nævnt her, og jeg underskriver dem.',
    document: 'Dokument',
  },
  en: {
    commitment: 'I have read the document that is named here, and I sign it.',
    commitments: 'I have read the documents that are named here, and I sign them.',
    document: 'Document',
  },
} as const;

export type StatementLanguage = keyof typeof WORDS;

/** The languages that statements exist in; all others see the Danish one. */
export const statementLanguage = (language: string): StatementLanguage =>
  /^en\b/i.test(language) ? 'en' : 'da';

/** `sha256`: hex; `entry`: an extra line of the order. */
export interface StatedDocument {
  readonly title: string;
  readonly sha256: string;
  readonly entry?: string | undefined;
}

/** Always the same for the same documents, in this order, and language; several are numbered. */
export function writeSignStatement(
  documents: readonly StatedDocument[],
  language: StatementLanguage,
): string {
  const words = WORDS[language];
  const isOne = documents.length === 1;
  const named = documents.map((document, index) => {
    // a title with line breaks could pass for further lines of the statement
    const title = document.title.replace(/[\s\p{Cc}]+/gu, ' ').trim();
    const name = isOne ? words.document : `${words.document} ${String(index + 1)}`;
    const text = `${name}: ${title}\nSHA-256: ${document.sha256}`;
    const entry = document.entry?.replace(/\r\n?/g, '\n').trim();
    return entry ? `${text}\n\n${entry}` : text;
  });
  return [isOne ? words.commitment : words.commitments, ...named].join('\n\n');
}
