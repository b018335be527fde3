/**
 * Checks in the reader's language. The validator tells details in English sentences; `verify.detail.*` has their patterns
 * and what they are in each language. A sentence without one, and what it quotes from files, stays as it is.
 */
import type { Check } from '@segl/ades/validation/report';
import type { Language, TextLibrary } from '../portal/texts.ts';

export interface CheckWords {
  /** What a check is about, in a few words. */
  name(check: Pick<Check, 'block' | 'check'>): string;
  /** The detail, with its times as the page writes them. */
  detail(text: string, time: (at: Date) => string): string;
}

/** Sentences with long names in them stay in English: matching costs more the longer they are. */
const MAX_TRANSLATED = 400;
const MAX_DEPTH = 4;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

interface Sentence {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly text: string;
}

export function checkWords(language: Language, texts: TextLibrary): CheckWords {
  const sentences = language === 'en' ? [] : sentencesOf(language, texts);
  const translate = (text: string, depth = 0): string => {
    if (text.length > MAX_TRANSLATED || depth > MAX_DEPTH) return text;
    for (const { pattern, names, text: translated } of sentences) {
      const match = pattern.exec(text);
      if (!match) continue;
      const values = new Map(names.map((name, index) => [name, translate(match[index + 1]!, depth + 1)]));
      return translated.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
    }
    return text;
  };
  return {
    name: ({ block, check }) =>
      texts.text(language, `verify.name.${block}.${check}`) ??
      texts.text(language, `verify.name.${check}`) ??
      `${block}/${check}`,
    detail: (text, time) =>
      translate(text).replace(INSTANT, (instant) => {
        const at = new Date(instant);
        return Number.isNaN(at.getTime()) ? instant : time(at);
      }),
  };
}

const libraries = new WeakMap<TextLibrary, Map<Language, readonly Sentence[]>>();

/** In the order of the file: the first that fits counts. */
function sentencesOf(language: Language, texts: TextLibrary): readonly Sentence[] {
  const known = libraries.get(texts) ?? new Map<Language, readonly Sentence[]>();
  libraries.set(texts, known);
  let sentences = known.get(language);
  if (!sentences) {
    sentences = texts
      .keys('en')
      .filter((key) => key.startsWith('verify.detail.'))
      .map((key) => sentenceOf(texts.text('en', key)!, texts.text(language, key)!));
    known.set(language, sentences);
  }
  return sentences;
}

function sentenceOf(english: string, text: string): Sentence {
  const names: string[] = [];
  const source = english
    .split(/\{(\w+)\}/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(part);
      return '(.+?)';
    })
    .join('');
  return { pattern: new RegExp(`^${source}$`, 's'), names, text };
}
