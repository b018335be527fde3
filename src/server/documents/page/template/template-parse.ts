/** Checks what a template says, field by field. */
import { serverProblems } from '../../../problems.ts';
import { isFontName } from '../text/fonts.ts';
import { color, fields, invalid, listOf, number, oneOf, optional, record } from './template-check.ts';
import type { Check } from './template-check.ts';
import { COLORS, DOCUMENT_SECTIONS, FONTS, SECTIONS, SIZES } from './template-model.ts';
import type { Logo, PadesTemplate, Unpictured, Unread, Watermark } from './template-model.ts';
import { languages } from '@segl/problem/catalogue';
import { filledText, parseTexts, type Language, type TemplateTexts } from './template-texts.ts';

/** Checks a parsed template.json. Throws PADES_TEMPLATE_INVALID with the path of the first wrong field. */
export function parsePadesTemplate(
  json: unknown,
  texts: Readonly<Record<Language, TemplateTexts>>,
): Unpictured {
  const root = fields(
    json,
    'template',
    ['brand', 'page', 'fonts', 'sizes', 'colors', 'sections'],
    ['logo', 'watermark', 'qrCode', 'timeZone', 'layout', 'documentPages', 'texts'],
  );
  const page = fields(root['page'], 'page', ['width', 'height', 'margin']);
  const sides = ['top', 'right', 'bottom', 'left'] as const;
  const margin = record(page['margin'], 'page.margin', sides, number(0, 400));
  const width = number(200, 2000)(page['width'], 'page.width');
  const height = number(300, 3000)(page['height'], 'page.height');
  if (width - margin.left - margin.right < 150 || height - margin.top - margin.bottom < 200) {
    throw invalid('page.margin', serverProblems.of('template/no-room'));
  }
  const sections = listOf(SECTIONS)(root['sections'], 'sections');
  if (!sections.includes('seal')) throw invalid('sections', serverProblems.of('template/no-seal'));
  const layout = fields(root['layout'] ?? {}, 'layout', [], ['bar', 'heading', 'columns', 'card']);
  const own = fields(root['texts'] ?? {}, 'texts', [], languages);
  const at = <T>(key: string, check: Check<T>) => {
    const value = optional(check)(root[key], key);
    return (value === undefined ? {} : { [key]: value }) as Record<string, T>;
  };
  return {
    brand: filledText(root['brand'], 'brand'),
    ...at('logo', logo),
    ...at('watermark', watermark),
    ...at('qrCode', qrCode),
    ...at('timeZone', timeZone),
    ...at('documentPages', documentPages),
    page: { width, height, margin },
    layout: {
      bar: optional(number(0, 40))(layout['bar'], 'layout.bar') ?? 0,
      heading: optional(oneOf(['left', 'center']))(layout['heading'], 'layout.heading') ?? 'left',
      columns: optional(oneOf([1, 2]))(layout['columns'], 'layout.columns') ?? 1,
      card: optional(oneOf(['panel', 'frame', 'rule']))(layout['card'], 'layout.card') ?? 'panel',
    },
    fonts: record(root['fonts'], 'fonts', FONTS, font),
    sizes: record(root['sizes'], 'sizes', SIZES, number(4, 48)),
    colors: record(root['colors'], 'colors', COLORS, color),
    sections,
    texts: Object.fromEntries(
      languages.map((language) => [
        language,
        parseTexts(own[language], `texts.${language}`, texts[language]),
      ]),
    ) as Record<Language, TemplateTexts>,
  };
}

const font: Check<string> = (value, where) => {
  if (typeof value !== 'string' || !isFontName(value))
    throw invalid(where, serverProblems.of('template/font'));
  return value;
};

/** No path: what a template shows lies beside it. */
const pictureFile: Check<string> = (value, where) => {
  if (typeof value !== 'string' || !/^[\w-][\w.-]{0,80}\.(png|jpe?g)$/i.test(value))
    throw invalid(where, serverProblems.of('template/picture'));
  return value;
};

const logo: Check<Omit<Logo, 'image'>> = (value, where) => {
  const found = fields(value, where, ['width', 'height'], ['file', 'at', 'profile']);
  const file = optional(pictureFile)(found['file'], `${where}.file`);
  const profile = found['profile'] ?? false;
  if (typeof profile !== 'boolean') throw invalid(`${where}.profile`, serverProblems.of('template/boolean'));
  if (file === undefined && !profile) throw invalid(where, serverProblems.of('template/logo-empty'));
  return {
    ...(file !== undefined && { file }),
    profile,
    width: number(8, 400)(found['width'], `${where}.width`),
    height: number(8, 120)(found['height'], `${where}.height`),
    at: optional(oneOf(['left', 'center', 'right']))(found['at'], `${where}.at`) ?? 'left',
  };
};

const watermark: Check<Unread<Watermark>> = (value, where) => {
  const asPicture = typeof value === 'object' && value !== null && 'file' in value;
  if (asPicture) {
    const found = fields(value, where, ['file', 'width']);
    return {
      file: pictureFile(found['file'], `${where}.file`),
      width: number(20, 2000)(found['width'], `${where}.width`),
    };
  }
  const found = fields(value, where, ['text', 'color', 'size'], ['angle']);
  return {
    text: filledText(found['text'], `${where}.text`),
    color: color(found['color'], `${where}.color`),
    size: number(8, 300)(found['size'], `${where}.size`),
    angle: optional(number(-90, 90, 'degrees'))(found['angle'], `${where}.angle`) ?? 45,
  };
};

const qrCode: Check<NonNullable<PadesTemplate['qrCode']>> = (value, where) => {
  const found = fields(value, where, ['size', 'beside']);
  return {
    size: number(36, 200)(found['size'], `${where}.size`),
    beside: oneOf(['heading', 'seal'])(found['beside'], `${where}.beside`),
  };
};

const timeZone: Check<string> = (value, where) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: String(value) }).resolvedOptions().timeZone;
  } catch {
    throw invalid(where, serverProblems.of('template/time-zone'));
  }
};

const documentPages: Check<NonNullable<PadesTemplate['documentPages']>> = (value, where) => {
  const found = fields(value, where, ['sections'], ['from']);
  return {
    sections: listOf(DOCUMENT_SECTIONS)(found['sections'], `${where}.sections`),
    from: optional(number(1, 1000, 'documents'))(found['from'], `${where}.from`) ?? 1,
  };
};
