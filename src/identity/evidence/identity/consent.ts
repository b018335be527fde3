/** What the signer is told to agree to, in the app and beside the documents. */
import type { MethodTask } from '../../method.ts';

const TEXTS = {
  en: {
    sign: (titles: string): string => `Sign: ${titles}`,
    confirm: 'Confirm what you declared',
    logOn: 'Log on to sign',
  },
  da: {
    sign: (titles: string): string => `Underskriv: ${titles}`,
    confirm: 'Bekræft det, du har erklæret',
    logOn: 'Log ind for at underskrive',
  },
} as const;

const isKnown = (language: string): language is keyof typeof TEXTS => Object.hasOwn(TEXTS, language);

/** Apps show one line, and take neither markup nor control characters. */
const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}<>%]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** Most characters that evidence keeps of it. */
const LONGEST = 1_000;

export function consentText(
  { documents, binding }: MethodTask,
  language: string,
): { readonly text: string; readonly language: string } {
  const chosen = isKnown(language) ? language : 'en';
  const texts = TEXTS[chosen];
  const titles = documents.map(({ title }) => plain(title)).join(', ');
  const text =
    documents.length > 0 ? texts.sign(titles) : binding === undefined ? texts.logOn : texts.confirm;
  return {
    text: Array.from(text)
      .slice(0, LONGEST / 2)
      .join(''),
    language: chosen,
  };
}
