/** `segl template`: the templates of signature pages, one of them to look at, and which account uses which. */
import { misused, requireAccount } from './misused.ts';
import { cliProblems } from './problems.ts';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { readFonts } from '@segl/server/documents/page/text/fonts';
import { previewPdf } from '@segl/server/documents/page/preview';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import { loadTemplate, type Language } from '@segl/server/documents/page/template/template';
import { systemClock } from '@segl/problem/clock';
import { loadConfig, type Config } from '@segl/server/config/config';
import { requirePdfMethod } from '@segl/server/application/packaging/service-templates';
import { packagingMethodsOf } from '@segl/server/domain/order/packaging-methods';
import { projectFile } from '@segl/server/paths';
import type { Database } from '@segl/server/adapters/postgres/database';
import {
  listServiceTemplates,
  removeServiceTemplate,
  setServiceTemplate,
} from '@segl/server/adapters/postgres/accounts/service-templates';
import { upTo, type Env } from './command.ts';
import { withDatabase } from './store.ts';
import { sample } from './template-sample.ts';

const MOST = 100;

/** The templates of signature pages, and which accounts use which. */
export function addTemplate(program: Command, env: Env): void {
  const template = program
    .command('template')
    .description('the templates of signature pages (docs/guide/templates.md)');
  const ofMethod = new Option('--method <method>', 'only those of this packaging method').default('', 'all');
  template
    .command('list')
    .description('all templates, checked, and the packaging methods that use them')
    .action(() => list(loadConfig(env)));
  template
    .command('preview <name>')
    .description('makes a PDF of invented signatures to look at')
    .option('--out <file>', 'default: NAME.pdf')
    .addOption(new Option('--language <language>').choices(['da', 'en']).default('da'))
    .option('--signers <n>', 'how many sign', upTo(MOST), 7)
    .option('--documents <n>', 'how many documents they sign', upTo(MOST), 2)
    .action((name: string, { out, language, ...size }: PreviewOptions) =>
      preview(loadConfig(env), name, out, sample(language, size)),
    );
  template
    .command('use <name> <service>')
    .description('the PDFs of the account get this template from now on')
    .addOption(ofMethod)
    .action(async (name: string, service: string, { method }: { readonly method: string }) => {
      const config = loadConfig(env);
      await loadTemplate(name, config.templatesDir);
      if (method !== '') requirePdfMethod(config, method);
      return withDatabase(config, (db) => use(db, { template: name, service, method }));
    });
  template
    .command('drop <service>')
    .description('they get the template of their packaging method again')
    .addOption(ofMethod)
    .action((service: string, { method }: { readonly method: string }) =>
      withDatabase(loadConfig(env), (db) => drop(db, service, method)),
    );
  template
    .command('uses')
    .description('which accounts have templates of their own')
    .action(() => withDatabase(loadConfig(env), uses));
}

interface PreviewOptions {
  readonly out?: string;
  readonly language: Language;
  readonly signers: number;
  readonly documents: number;
}

async function preview(
  { fontsDir, templatesDir }: Config,
  name: string,
  file: string | undefined,
  data: ReturnType<typeof sample>,
): Promise<void> {
  const page = renderSignaturePage(await loadTemplate(name, templatesDir), data, readFonts(fontsDir));
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
  await requireAccount(db, service);
  await setServiceTemplate(db, row, systemClock.now());
  process.stdout.write(`${service}${method && ` (${method})`}: ${template}\n`);
}

async function drop(db: Database, service: string, method: string): Promise<void> {
  if (!(await removeServiceTemplate(db, service, method))) {
    throw misused(
      method === ''
        ? cliProblems.of('argument/no-template', { service })
        : cliProblems.of('argument/no-template-for-method', { service, method }),
    );
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
