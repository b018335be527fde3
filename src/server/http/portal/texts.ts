/** The portal's text library: flat JSON files, one a language, complete in each. */
import { readFileSync } from 'node:fs';
import { projectFile } from '../../paths.ts';

export const languages = ['da', 'en'] as const;
export type Language = (typeof languages)[number];

/** Gives the text of `key` with its {placeholders} filled in. */
export type Translate = (key: string, params?: Readonly<Record<string, string | number>>) => string;

/** Speakers of these read Danish with ease; all others get English. */
const readersOfDanish = new Set(['da', 'nb', 'nn', 'no', 'sv', 'fo', 'kl']);

export class TextLibrary {
  readonly #texts: Readonly<Record<Language, ReadonlyMap<string, string>>>;

  constructor() {
    this.#texts = { da: read('da'), en: read('en') };
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

function read(language: Language): ReadonlyMap<string, string> {
  const path = projectFile('templates', 'portal', 'texts', `${language}.json`);
  return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>));
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
