/** The portal's text library: flat JSON files, one a language, complete in each. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Language } from '@segl/problem/catalogue';
import { projectFile } from '../../paths.ts';

export type { Language };

/** Gives the text of `key` with its {placeholders} filled in. */
export type Translate = (key: string, params?: Readonly<Record<string, string | number>>) => string;

/** Speakers of these read Danish with ease; all others get English. */
const readersOfDanish = new Set(['da', 'nb', 'nn', 'no', 'sv', 'fo', 'kl']);

/** An identity method with texts of its own: a folder with a file for each language. */
export interface MethodTexts {
  readonly id: string;
  readonly texts?: URL;
}

type Texts = ReadonlyMap<string, string>;

export class TextLibrary {
  readonly #texts: Readonly<Record<Language, Texts>>;
  readonly #ofMethods: ReadonlySet<string>;
  readonly #methods: ReadonlySet<string>;

  /** Throws a TypeError when a method takes a key that is there already. */
  constructor(methods: readonly MethodTexts[] = []) {
    const own = methods.flatMap(({ texts }) => texts ?? []);
    const merged = (language: Language): Texts =>
      merge([
        readTexts(pathToFileURL(projectFile('templates', 'portal', 'texts/')), language),
        ...own.map((folder) => readTexts(folder, language)),
      ]);
    this.#texts = { da: merged('da'), en: merged('en') };
    this.#ofMethods = new Set(own.flatMap((folder) => [...readTexts(folder, 'en').keys()]));
    this.#methods = new Set(methods.map(({ id }) => id));
  }

  /** Whether a method brought it along. */
  isOfMethod(key: string): boolean {
    return this.#ofMethods.has(key);
  }

  /** Whether it is something to tell on a page that a URL may ask for: a problem, a notice, a code of a method. */
  isNotice(key: string): boolean {
    const [start = '', code = '', ...more] = key.split('.');
    // providers have codes of their own, in words of any case; texts of pages have longer keys
    const isCode = this.#methods.has(start) && /^\w+$/.test(code) && more.length === 0;
    return (isCode || start === 'problem' || start === 'notice') && this.has(key);
  }

  has(key: string): boolean {
    return this.#texts.da.has(key);
  }

  keys(language: Language): readonly string[] {
    return [...this.#texts[language].keys()];
  }

  text(language: Language, key: string): string | undefined {
    return this.#texts[language].get(key);
  }

  /** A text that is missing shows as its key: visible, and never a failed page. */
  translator(language: Language): Translate {
    const texts = this.#texts[language];
    return (key, params = {}) =>
      (texts.get(key) ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
  }
}

function readTexts(folder: URL, language: Language): Texts {
  const json = readFileSync(new URL(`${language}.json`, folder), 'utf8');
  return new Map(Object.entries(JSON.parse(json) as Record<string, string>));
}

function merge(all: readonly Texts[]): Texts {
  const merged = new Map<string, string>();
  for (const [key, text] of all.flatMap((texts) => [...texts])) {
    if (merged.has(key)) throw new TypeError(`there are two texts for ${key}`);
    merged.set(key, text);
  }
  return merged;
}

/** The order's language (ISO 639-1) decides, else the browser's Accept-Language, else Danish. */
export function pageLanguage(ordered: string | undefined, acceptLanguage: string | undefined): Language {
  const wanted = ordered ?? preferredTag(acceptLanguage);
  if (wanted === undefined) return 'da';
  return readersOfDanish.has(wanted.toLowerCase().split('-', 1)[0] ?? '') ? 'da' : 'en';
}

/** The tag with the highest weight (RFC 9110 section 12.5.4); the first among equals. */
function preferredTag(header: string | undefined): string | undefined {
  let best: { tag: string; weight: number } | undefined;
  for (const item of (header ?? '').split(',')) {
    const [tag = '', ...parameters] = item.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => /^q=/i.test(parameter));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    if (/^[a-z]/i.test(tag) && weight > (best?.weight ?? 0)) best = { tag, weight };
  }
  return best?.tag;
}
