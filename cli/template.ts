/** `segl template`: the templates of signature pages, and one of them to look at. */
import { readdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { useFontFolder } from '../src/ades/pades/fonts.ts';
import { renderSignaturePage } from '../src/ades/pades/signature-page.ts';
import type { PageSigner, SignaturePageData } from '../src/ades/pades/signature-page-data.ts';
import { loadTemplate, type Language } from '../src/ades/pades/template.ts';
import { loadConfig } from '../src/config.ts';
import { SeglError } from '../src/errors.ts';
import { packagingMethodsOf } from '../src/orders/packaging-methods.ts';
import { projectFile } from '../src/paths.ts';

const USAGE = 'use: segl template list, or segl template preview NAME [--out FILE.pdf] [--language da | en]';

export async function templateCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: 'string' }, language: { type: 'string', default: 'da' } },
  });
  const [verb, name, ...more] = positionals;
  const { language } = values;
  const { fontsDir, packagingMethods } = loadConfig(env);
  if (verb === 'list' && name === undefined) return list(packagingMethods);
  if (verb !== 'preview' || name === undefined || more.length > 0 || !isLanguage(language)) {
    throw new SeglError('BAD_REQUEST', { why: USAGE });
  }
  if (fontsDir !== undefined) useFontFolder(fontsDir);
  const page = await renderSignaturePage(await loadTemplate(name), sample(language));
  const out = resolve(values.out ?? `${name}.pdf`);
  await writeFile(out, page.pdf);
  process.stdout.write(`${out}: ${page.pages} pages, then the seal as it stands on them\n`);
  if (page.missing.length > 0) {
    process.stdout.write(`No font has ${page.missing.join(', ')}: boxes stand for them (FONTS_DIR).\n`);
  }
}

const isLanguage = (text: string): text is Language => text === 'da' || text === 'en';

/** Each template, checked, with the packaging methods that use it. */
async function list(entries: readonly string[]): Promise<void> {
  const methods = [...packagingMethodsOf({ packagingMethods: entries })];
  const folders = await readdir(projectFile('templates', 'pades'), { withFileTypes: true });
  for (const name of folders
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()) {
    const used = methods.flatMap(([method, how]) =>
      how.format === 'PAdES' && how.template === name ? [method] : [],
    );
    const about = used.length > 0 ? `used by ${used.join(', ')}` : 'not used';
    try {
      await loadTemplate(name);
      process.stdout.write(`${name.padEnd(16)} ${about}\n`);
    } catch (error) {
      process.stdout.write(`${name.padEnd(16)} ${about}. ${(error as Error).message}\n`);
      process.exitCode = 1;
    }
  }
}

/** Invented people who write their names in many scripts. */
function sample(language: Language): SignaturePageData {
  const at = new Date('2026-03-02T13:05:09Z');
  const signer = (name: string, more: Partial<PageSigner> = {}): PageSigner => ({
    name,
    method: 'NemID',
    identifier: 'PID:9208-2002-2-000000000000',
    signedAt: at,
    nationalIdVerified: true,
    ...more,
  });
  const wave = Array.from(
    { length: 60 },
    (_, step) => [step * 3, 20 + 18 * Math.sin(step / 3) * Math.cos(step / 11)] as const,
  );
  return {
    language,
    title: language === 'da' ? 'Lejekontrakt – Strandvejen 12' : 'Lease – Strandvejen 12',
    requestId: '02032026abcdefghij',
    documents: [
      { title: 'Lejekontrakt.pdf', sha256: '3b'.repeat(32), mimeType: 'application/pdf' },
      { title: 'Bilag 1 – Ærø, Østerå.txt', sha256: '7f'.repeat(32), mimeType: 'text/plain' },
    ],
    signers: [
      signer('Søren Ærø Åkjær', { handwriting: { strokes: [wave] } }),
      signer('Γιώργος Παπαδόπουλος'),
      signer('Дмитрий Иванов', { byLogin: true }),
      signer('Nguyễn Thị Hồng Phượng'),
      signer('محمد عبد الله الأنصاري'),
      signer('שלום בן־דוד'),
      signer('王小明', {
        method: '',
        identifier: '',
        nationalIdVerified: false,
        handwriting: { typed: 'Wang Xiaoming' },
      }),
    ],
    sealedBy: 'Nordisk Ejendomsadministration A/S',
    sealedAt: at,
    timeZone: 'Europe/Copenhagen',
  };
}
