/** What is sent with a code, and how addresses are shown. */
import type { CodeChannel } from '../../evidence/identity/proofs/one-time-code.ts';

/** A code is in no link: scanners of mail open those. What it is for stands first, so that nobody types it elsewhere. */
const TEXTS = {
  en: {
    subject: (reference: string): string => `Your code for ${reference}`,
    text: (consent: string, reference: string, code: string): string =>
      `${consent}\n\nReference: ${reference}\nCode: ${code}\n\nGive it to nobody. It is good for ten minutes.`,
  },
  da: {
    subject: (reference: string): string => `Din kode til ${reference}`,
    text: (consent: string, reference: string, code: string): string =>
      `${consent}\n\nReference: ${reference}\nKode: ${code}\n\nGiv den ikke til nogen. Den gælder i ti minutter.`,
  },
} as const;

const isKnown = (language: string): language is keyof typeof TEXTS => Object.hasOwn(TEXTS, language);

/** `reference`: the short code of the commitment, which the page shows, too. */
export function codeMessage(
  language: string,
  {
    consent,
    reference,
    code,
  }: { readonly consent: string; readonly reference: string; readonly code: string },
): { readonly subject: string; readonly text: string } {
  const texts = TEXTS[isKnown(language) ? language : 'en'];
  return { subject: texts.subject(reference), text: texts.text(consent, reference, code) };
}

/** Enough for its owner to know it again: country code and last two digits, or first letter and domain. */
export function masked(channel: CodeChannel, address: string): string {
  if (channel === 'sms') return `${address.slice(0, 3)}${'•'.repeat(address.length - 5)}${address.slice(-2)}`;
  const at = address.lastIndexOf('@');
  return `${address.slice(0, 1)}•••${address.slice(at)}`;
}
