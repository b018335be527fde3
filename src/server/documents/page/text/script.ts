/** What a character needs: which script it belongs to, and how a text may be broken into lines. */
import { SPELLED_JOINER } from '@segl/identity/shown-text';
import { UNPRINTABLE } from './fonts.ts';

/** Names as Unicode has them (UAX #24); of all others, each text goes through as one. */
const SCRIPTS = [
  ...['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Syriac', 'Thaana', 'Nko'],
  ...[
    'Han',
    'Hiragana',
    'Katakana',
    'Hangul',
    'Bopomofo',
    'Yi',
    'Mongolian',
    'Tibetan',
    'Ethiopic',
    'Cherokee',
  ],
  ...['Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam'],
  ...['Sinhala', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tifinagh', 'Canadian_Aboriginal'],
];
const TESTS = SCRIPTS.map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')] as const);
const NEUTRAL = /^[\p{Script=Common}\p{Script=Inherited}]/u;
const known = new Map<string, string | undefined>();

/** E.g. `Arabic`; undefined for signs and digits, which go with what stands before them. */
export function scriptOf(character: string): string | undefined {
  if (known.has(character)) return known.get(character);
  const script = NEUTRAL.test(character)
    ? undefined
    : (TESTS.find(([, test]) => test.test(character))?.[0] ?? 'another script');
  if (known.size < 20_000) known.set(character, script);
  return script;
}

/** Set by their glyphs side by side from left to right. */
const PLAIN =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Common}]*$/u;

export const isPlainScript = (text: string): boolean => /^[ -~]*$/.test(text) || PLAIN.test(text);

/** Says that the text behind it is read from right to left, whatever it starts with. Put there by `breakLines` alone. */
export const RIGHT_TO_LEFT = '\u200f';

const KEPT_ZWNJ = '\uf8f0';
const KEPT_ZWJ = '\uf8f1';

/**
 * A text as it can be printed: composed, in one line. Control characters, and those that turn the reading direction,
 * are shown as what they are: something that has no business there.
 */
export function cleanText(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  const turned = text.startsWith(RIGHT_TO_LEFT);
  const clean = (turned ? text.slice(1) : text)
    .normalize('NFC')
    .replace(/[\t\n\r\u00a0\u2028\u2029]+/g, ' ')
    .replace(/\p{Co}/gu, UNPRINTABLE)
    .replace(SPELLED_JOINER, (joiner) => (joiner === '\u200c' ? KEPT_ZWNJ : KEPT_ZWJ))
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, UNPRINTABLE)
    .replaceAll(KEPT_ZWNJ, '\u200c')
    .replaceAll(KEPT_ZWJ, '\u200d');
  return turned ? RIGHT_TO_LEFT + clean : clean;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const words = new Intl.Segmenter('und', { granularity: 'word' });

/** What a reader takes for one character: a letter with its marks. */
export const charactersOf = (text: string): string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment);

/** No spaces between words, but a dictionary tells them apart. */
const UNSPACED = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const IDEOGRAPH = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Yi}]/u;
/** What must not start a line in East Asian texts, and what must not end one. */
const NO_START = /^[、。，．：；！？）」』】〕〉》”’ー々ゝヽ…]/u;
const NO_END = /[（「『【〔〈《“‘]$/u;

/** Pieces of a word that may stand on lines of their own. */
export function breakWord(word: string): string[] {
  if (UNSPACED.test(word)) return Array.from(words.segment(word), ({ segment }) => segment);
  if (!IDEOGRAPH.test(word)) return [word];
  const pieces: string[] = [];
  for (const character of charactersOf(word)) {
    const last = pieces.at(-1);
    const together =
      last !== undefined &&
      (NO_START.test(character) || NO_END.test(last) || !(IDEOGRAPH.test(character) || IDEOGRAPH.test(last)));
    if (together) pieces[pieces.length - 1] = last + character;
    else pieces.push(character);
  }
  return pieces;
}
