/** `segl template`: the templates of signature pages, one of them to look at, and which account uses which. */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { useFontFolder } from '@segl/server/documents/page/fonts';
import { previewPdf } from '@segl/server/documents/page/preview';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import { loadTemplate, type Language } from '@segl/server/documents/page/template';
import { systemClock } from '@segl/problem/clock';
import { loadConfig, type Config } from '@segl/server/config/config';
import type { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { requirePdfMethod } from '@segl/server/application/packaging/service-templates';
import { packagingMethodsOf } from '@segl/server/domain/order/packaging-methods';
import { projectFile } from '@segl/server/paths';
import { accountExists } from '@segl/server/adapters/postgres/accounts';
import type { Database } from '@segl/server/adapters/postgres/database';
import {
  listServiceTemplates,
  removeServiceTemplate,
  setServiceTemplate,
} from '@segl/server/adapters/postgres/service-templates';
import { withDatabase } from './store.ts';
import { sample } from './template-sample.ts';

const USAGE = `segl template VERB [NAME] [OPTIONS]

  list                   all templates, checked, and the packaging methods that use them
  preview NAME           makes a PDF of invented signatures to look at
    --out FILE.pdf         default: NAME.pdf
    --language LANGUAGE    da (the default) or en
    --signers N, --documents N
  use NAME SERVICE       the PDFs of the account get this template from now on
    --method METHOD        only those of this packaging method
  drop SERVICE           they get the template of their packaging method again
    --method METHOD        only those of this packaging method
  uses                   which accounts have templates of their own
`;

const MOST = 100;

const misused = (why: string): SeglError => generalProblems.error('BAD_REQUEST', { why });

export async function templateCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      language: { type: 'string', default: 'da' },
      signers: { type: 'string', default: '7' },
      documents: { type: 'string', default: '2' },
      method: { type: 'string', default: '' },
    },
  });
  const [verb, name = '', service = ''] = positionals;
  const config = loadConfig(env);
  switch (`${verb} ${positionals.length - 1}`) {
    case 'list 0':
      return list(config);
    case 'preview 1': {
      const { language } = values;
      if (!isLanguage(language)) throw misused('--language must be da or en');
      const size = { signers: count(values.signers), documents: count(values.documents) };
      return preview(config, name, values.out, sample(language, size));
    }
    case 'use 2':
      await loadTemplate(name, config.templatesDir);
      if (values.method !== '') requirePdfMethod(config, values.method);
      return withDatabase(config, (db) => use(db, { template: name, service, method: values.method }));
    case 'drop 1':
      return withDatabase(config, (db) => drop(db, name, values.method));
    case 'uses 0':
      return withDatabase(config, uses);
    default:
      throw misused(`use:\n\n${USAGE}`);
  }
}

const isLanguage = (text: string): text is Language => text === 'da' || text === 'en';

function count(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= MOST) return number;
  throw misused(`--signers and --documents must be whole numbers from 1 to ${MOST}`);
}

async function preview(
  { fontsDir, templatesDir }: Config,
  name: string,
  file: string | undefined,
  data: ReturnType<typeof sample>,
): Promise<void> {
  if (fontsDir !== undefined) useFontFolder(fontsDir);
  const page = renderSignaturePage(await loadTemplate(name, templatesDir), data);
  const out = resolve(file ?? `${name}.pdf`);
  await writeFile(out, previewPdf(page, data));
  process.stdout.write(`${out}: ${page.pages.length} ${page.pages.length === 1 ? 'page' : 'pages'}\n`);
  if (page.missing.length > 0) {
    process.stdout.write(`No font has ${page.missing.join(', ')}: boxes stand for them (FONTS_DIR).\n`);
  }
}

const foldersIn = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : [];

/** Each template, checked, with the packaging methods that use it. */
async function list(config: Config): Promise<void> {
  const { templatesDir } = config;
  const own = templatesDir === undefined ? [] : foldersIn(templatesDir);
  const methods = [...packagingMethodsOf(config)];
  for (const name of [...new Set([...own, ...foldersIn(projectFile('templates', 'pades'))])].sort()) {
    const used = methods.flatMap(([method, how]) =>
      how.format === 'PAdES' && how.template === name ? [method] : [],
    );
    const where = own.includes(name) ? ', from TEMPLATES_DIR' : '';
    const about = (used.length > 0 ? `used by ${used.join(', ')}` : 'not used') + where;
    try {
      await loadTemplate(name, templatesDir);
      process.stdout.write(`${name.padEnd(16)} ${about}\n`);
    } catch (error) {
      process.stdout.write(`${name.padEnd(16)} ${about}. ${(error as Error).message}\n`);
      process.exitCode = 1;
    }
  }
}

async function use(
  db: Database,
  row: { readonly template: string; readonly service: string; readonly method: string },
): Promise<void> {
  const { service, method, template } = row;
  if (!(await accountExists(db, service))) throw misused(`there is no account ${service}`);
  await setServiceTemplate(db, row, systemClock.now());
  process.stdout.write(`${service}${method && ` (${method})`}: ${template}\n`);
}

async function drop(db: Database, service: string, method: string): Promise<void> {
  if (!(await removeServiceTemplate(db, service, method))) {
    throw misused(`${service} has no template of its own${method && ` for ${method}`}`);
  }
  process.stdout.write(`${service}${method && ` (${method})`}: as the packaging method has it\n`);
}

async function uses(db: Database): Promise<void> {
  const rows = await listServiceTemplates(db);
  if (rows.length === 0) process.stdout.write('No account has a template of its own.\n');
  for (const { service, method, template } of rows) {
    process.stdout.write(`${service.padEnd(16)} ${(method || 'all methods').padEnd(16)} ${template}\n`);
  }
}
