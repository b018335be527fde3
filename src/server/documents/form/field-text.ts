/** Texts in the dictionaries of form fields. */
import type { PdfDocument } from '@segl/ades/pdf/document';
import { PdfString } from '@segl/ades/pdf/objects';
import type { PdfValue } from '@segl/ades/pdf/objects';
import { readTextString } from '@segl/ades/pdf/text-string';

/** The texts of a text string, or of an array of them. */
export function textsOf(document: PdfDocument, value: PdfValue): string[] {
  if (value instanceof PdfString) return [readTextString(value).normalize('NFC')];
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    const text = document.resolve(item);
    return text instanceof PdfString ? [readTextString(text).normalize('NFC')] : [];
  });
}

/** Names are bytes; since PDF 1.2 they are meant to be UTF-8. */
export function nameText(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).normalize('NFC');
  } catch {
    return name;
  }
}

/** What neither XML nor a page can carry. */
export const hasControls = (text: string): boolean => /[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(text);

/** One line without control characters, cut to `longest` characters. */
export const printable = (text: string, longest: number): string => {
  const line = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
};
