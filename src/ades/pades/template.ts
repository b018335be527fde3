/**
 * The template of a signature page: data that an operator can read and edit. Everything in it is checked when it is
 * loaded, so that a mistake shows at start and not on a contract.
 */
import { readFile } from 'node:fs/promises';
import { SeglError } from '../../errors.ts';
import { projectFile } from '../../paths.ts';
import { isFontName } from './fonts.ts';

/** Points (1/72 inch). */
export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

const FONTS = ['regular', 'bold', 'mono'] as const;
const SIZES = ['heading', 'title', 'section', 'name', 'text', 'label', 'digest'] as const;
const COLORS = ['ink', 'text', 'muted', 'accent', 'line', 'panel', 'seal'] as const;
const SECTIONS = ['heading', 'introduction', 'signers', 'documents', 'seal', 'verification'] as const;
const TEXTS = [
  'heading',
  'introduction',
  'introductionAside',
  'signers',
  'signed',
  'method',
  'byLogin',
  'handwritten',
  'notIdentified',
  'identifier',
  'signedAt',
  'nationalId',
  'nationalIdVerified',
  'document',
  'documents',
  'sha256',
  'attachedAs',
  'seal',
  'sealedBy',
  'sealNote',
  'verification',
  'verificationWithoutUrl',
  'requestId',
  'page',
] as const;
const LANGUAGES = ['da', 'en'] as const;

export type Language = (typeof LANGUAGES)[number];
export type FontRole = (typeof FONTS)[number];
export type SizeName = (typeof SIZES)[number];
export type ColorName = (typeof COLORS)[number];
export type Section = (typeof SECTIONS)[number];
export type TemplateTexts = Readonly<Record<(typeof TEXTS)[number], string>> & {
  /** Readable name of a media type. */
  readonly mimeTypes: ReadonlyMap<string, string>;
};

export interface PadesTemplate {
  /** Printed at the top right; may be empty. */
  readonly brand: string;
  readonly page: { readonly width: number; readonly height: number; readonly margin: Margin };
  /** Names of DejaVu font files. */
  readonly fonts: Readonly<Record<FontRole, string>>;
  /** Points. */
  readonly sizes: Readonly<Record<SizeName, number>>;
  /** `#rrggbb`. */
  readonly colors: Readonly<Record<ColorName, string>>;
  /** In the order in which they are printed. */
  readonly sections: readonly Section[];
  readonly texts: Readonly<Record<Language, TemplateTexts>>;
}

const invalid = (where: string, why: string): SeglError =>
  new SeglError('PADES_TEMPLATE_INVALID', { where, why });

/** Reads templates/pades/NAME/template.json. Throws PADES_TEMPLATE_INVALID. */
export async function loadTemplate(name: string): Promise<PadesTemplate> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw invalid('name', 'may hold small letters, digits and hyphens');
  const file = projectFile('templates', 'pades', name, 'template.json');
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw invalid(
      `templates/pades/${name}/template.json`,
      `cannot be read as JSON (${(cause as Error).message})`,
    );
  }
  return parsePadesTemplate(json);
}

/** Checks a parsed template.json. Throws PADES_TEMPLATE_INVALID with the path of the first wrong field. */
export function parsePadesTemplate(json: unknown): PadesTemplate {
  const root = fields(json, 'template', ['brand', 'page', 'fonts', 'sizes', 'colors', 'sections', 'texts']);
  const page = fields(root['page'], 'page', ['width', 'height', 'margin']);
  const margin = record(
    page['margin'],
    'page.margin',
    ['top', 'right', 'bottom', 'left'] as const,
    points(0, 400),
  );
  const width = points(200, 2000)(page['width'], 'page.width');
  const height = points(300, 3000)(page['height'], 'page.height');
  if (width - margin.left - margin.right < 150 || height - margin.top - margin.bottom < 200) {
    throw invalid('page.margin', 'leaves too little room');
  }
  return {
    brand: text(root['brand'], 'brand'),
    page: { width, height, margin },
    fonts: record(root['fonts'], 'fonts', FONTS, font),
    sizes: record(root['sizes'], 'sizes', SIZES, points(4, 48)),
    colors: record(root['colors'], 'colors', COLORS, color),
    sections: sections(root['sections']),
    texts: record(root['texts'], 'texts', LANGUAGES, texts),
  };
}

type Check<T> = (value: unknown, where: string) => T;

/** An object with exactly these keys. */
function fields(value: unknown, where: string, keys: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(where, 'must be an object');
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw invalid(`${where}.${key}`, `is not a field; there are ${keys.join(', ')}`);
  }
  for (const key of keys) if (!Object.hasOwn(value, key)) throw invalid(`${where}.${key}`, 'is missing');
  return value as Record<string, unknown>;
}

function record<K extends string, T>(
  value: unknown,
  where: string,
  keys: readonly K[],
  check: Check<T>,
): Record<K, T> {
  const checked = fields(value, where, keys);
  return Object.fromEntries(keys.map((key) => [key, check(checked[key], `${where}.${key}`)])) as Record<K, T>;
}

const points =
  (least: number, most: number): Check<number> =>
  (value, where) => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw invalid(where, `must be a number of points from ${least} to ${most}`);
    }
    return value;
  };

const text: Check<string> = (value, where) => {
  if (typeof value !== 'string' || value.length > 2000)
    throw invalid(where, 'must be a text of at most 2000 characters');
  return value;
};

const color: Check<string> = (value, where) => {
  if (typeof value !== 'string' || !/^#[0-9a-f]{6}$/i.test(value))
    throw invalid(where, 'must be a color like #12263f');
  return value;
};

const font: Check<string> = (value, where) => {
  if (typeof value !== 'string' || !isFontName(value))
    throw invalid(where, 'must be the name of a DejaVu font');
  return value;
};

const texts: Check<TemplateTexts> = (value, where) => {
  const { mimeTypes, ...rest } = fields(value, where, [...TEXTS, 'mimeTypes']);
  if (typeof mimeTypes !== 'object' || mimeTypes === null)
    throw invalid(`${where}.mimeTypes`, 'must be an object');
  return {
    ...record(rest, where, TEXTS, text),
    mimeTypes: new Map(
      Object.entries(mimeTypes).map(([type, name]) => [type, text(name, `${where}.mimeTypes.${type}`)]),
    ),
  };
};

/** Any order, each at most once; the seal cannot be left out. */
function sections(value: unknown): readonly Section[] {
  if (!Array.isArray(value)) throw invalid('sections', 'must be a list');
  const known: readonly unknown[] = SECTIONS;
  for (const item of value) {
    if (!known.includes(item)) throw invalid('sections', `may hold ${SECTIONS.join(', ')}`);
  }
  if (new Set(value).size !== value.length) throw invalid('sections', 'names a section twice');
  if (!value.includes('seal')) throw invalid('sections', 'must contain seal');
  return value as Section[];
}
