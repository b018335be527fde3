/** The words of signature pages, in every language, and the fields that stand in them as `{name}`. */
import type { Language } from '@segl/problem/catalogue';
import { serverProblems } from '../../../problems.ts';
import { fields, invalid, text } from './template-check.ts';

/** What any text may tell; empty where it is not known. */
export const GENERAL_FIELDS = [
  'title',
  'requestId',
  'sealedBy',
  'sealedAt',
  'signerCount',
  'documentCount',
  'url',
] as const;

/** Every text, with the fields that only this one has. */
const TEXTS = {
  heading: [],
  introduction: [],
  introductionAside: [],
  note: [],
  signers: [],
  signed: [],
  method: [],
  byLogin: ['method'],
  ownWord: ['method'],
  handwritten: [],
  handwritingOf: ['name'],
  notIdentified: [],
  identifier: [],
  signedAt: [],
  nationalId: [],
  nationalIdVerified: [],
  document: [],
  documents: [],
  documentHeading: ['number'],
  sha256: [],
  attachedAs: ['name'],
  mediaType: [],
  trail: [],
  trailTime: [],
  trailEvent: [],
  trailSigner: [],
  trailNote: ['count'],
  seal: [],
  sealedBy: [],
  sealNote: [],
  verification: [],
  verificationWithoutUrl: [],
  qrCode: [],
  requestId: [],
  page: ['page', 'pages'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type { Language };
export type TextName = keyof typeof TEXTS;
export type TemplateTexts = Readonly<Record<TextName, string>> & {
  /** Readable name of a media type. */
  readonly mimeTypes: ReadonlyMap<string, string>;
  /** Of the audit trail, by its type; events without a text are not shown. */
  readonly events: ReadonlyMap<string, string>;
};

const NAMES = Object.keys(TEXTS) as TextName[];
const MAPS = ['mimeTypes', 'events'] as const;

/** All texts of a language: those of `json`, and for what it leaves out those of `base`, which may then be left out. */
export function parseTexts(json: unknown, where: string, base?: TemplateTexts): TemplateTexts {
  const all = [...NAMES, ...MAPS];
  const found = base ? fields(json ?? {}, where, [], all) : fields(json, where, all);
  const texts = Object.fromEntries(
    NAMES.map((name) => {
      const own = found[name];
      return [name, own === undefined ? base?.[name] : filledText(own, `${where}.${name}`, TEXTS[name])];
    }),
  ) as Record<TextName, string>;
  const [mimeTypes, events] = MAPS.map((name) => {
    const own = found[name] ?? {};
    if (typeof own !== 'object' || Array.isArray(own))
      throw invalid(`${where}.${name}`, serverProblems.of('template/not-an-object'));
    const entries = Object.entries(own).map(
      ([key, value]) => [key, text(value, `${where}.${name}.${key}`)] as const,
    );
    return new Map([...(base?.[name] ?? []), ...entries]);
  });
  return { ...texts, mimeTypes: mimeTypes ?? new Map(), events: events ?? new Map() };
}

const FIELD = /\{(\w+)\}/g;

/** A text that names only fields which there are. */
export function filledText(value: unknown, where: string, own: readonly string[] = []): string {
  const checked = text(value, where);
  const known: readonly string[] = [...own, ...GENERAL_FIELDS];
  for (const [, name = ''] of checked.matchAll(FIELD)) {
    if (!known.includes(name)) {
      const fields = known.map((field) => `{${field}}`);
      throw invalid(where, serverProblems.of('template/text-field-unknown', { name, known: fields }));
    }
  }
  return checked;
}

/** Puts values in the place of fields; what a value holds itself is left as it is. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.includes('{')
    ? text.replace(FIELD, (field, name: string) => (Object.hasOwn(values, name) ? values[name]! : field))
    : text;
