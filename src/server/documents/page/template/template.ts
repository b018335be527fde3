/**
 * The template of a signature page: data that an operator can read and edit. Everything in it is checked when it is
 * loaded, so that a mistake shows at start and not on a contract.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../../problems.ts';
import { projectFile } from '../../../paths.ts';
import { lineOf, readJson } from './json-place.ts';
import { PictureUnusable, readImage, type PageImage } from '../drawing/image.ts';
import { invalid, record } from './template-check.ts';
import type { PadesTemplate, Unpictured } from './template-model.ts';
import { parsePadesTemplate } from './template-parse.ts';
import { languages } from '@segl/problem/catalogue';
import { parseTexts, type Language, type TemplateTexts } from './template-texts.ts';

export type { PadesTemplate } from './template-model.ts';
export type { Language } from './template-texts.ts';

const SHIPPED = projectFile('templates', 'pades');
const loaded = new Map<string, Promise<PadesTemplate>>();

/**
 * The template NAME of a folder of one's own, or one that ships: NAME/template.json, and the pictures beside it. Read once;
 * a change counts after a restart. Throws PADES_TEMPLATE_INVALID with the line of the mistake.
 */
export function loadTemplate(name: string, folder?: string): Promise<PadesTemplate> {
  const key = `${folder ?? ''} ${name}`;
  let template = loaded.get(key);
  if (!template) {
    template = read(name, folder);
    loaded.set(key, template);
    // it may be put right and asked for again
    template.catch(() => loaded.delete(key));
  }
  return template;
}

async function read(name: string, folder: string | undefined): Promise<PadesTemplate> {
  const refused = (where: Problem, why: Problem): SeglError =>
    serverProblems.error('PADES_TEMPLATE_INVALID', { template: name, where, why });
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw refused(serverProblems.of('template/its-name'), serverProblems.of('template/name'));
  }
  const folders = [...(folder === undefined ? [] : [folder]), SHIPPED];
  const file = folders.map((one) => join(one, name, 'template.json')).find((path) => existsSync(path));
  if (file === undefined)
    throw refused(
      serverProblems.of('template/its-file'),
      serverProblems.of('template/file-missing', { file: join(name, 'template.json'), folders }),
    );
  const source = await readFile(file, 'utf8');
  try {
    return await withPictures(parsePadesTemplate(readJson(source), await baseTexts()), dirname(file));
  } catch (error) {
    if (!isSeglError(error) || error.code !== 'PADES_TEMPLATE_INVALID') throw error;
    const { where, why } = error.params as { readonly where: Problem; readonly why: Problem };
    const { path } = where.params;
    const line = typeof path === 'string' ? lineOf(source, path) : undefined;
    throw refused(
      line === undefined
        ? serverProblems.of('template/in-file', { where, file })
        : serverProblems.of('template/in-line', { where, file, line }),
      why,
    );
  }
}

/** The texts that templates do not have to repeat. */
async function baseTexts(): Promise<Readonly<Record<Language, TemplateTexts>>> {
  const source = await readFile(join(SHIPPED, 'texts.json'), 'utf8');
  return record(readJson(source), 'texts', languages, (value, where) => parseTexts(value, where));
}

async function withPictures(
  { logo, watermark, ...rest }: Unpictured,
  folder: string,
): Promise<PadesTemplate> {
  const picture = (file: string, where: string): Promise<PageImage> =>
    readImage(join(folder, file)).catch((error: unknown) => {
      if (!(error instanceof PictureUnusable)) throw error;
      throw invalid(where, error.why);
    });
  return {
    ...rest,
    ...(logo && {
      logo: { ...logo, ...(logo.file !== undefined && { image: await picture(logo.file, 'logo.file') }) },
    }),
    ...(watermark && {
      watermark:
        'file' in watermark
          ? { ...watermark, image: await picture(watermark.file, 'watermark.file') }
          : watermark,
    }),
  };
}
