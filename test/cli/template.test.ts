import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkPdf } from '@segl/ades/pdf/check';
import { projectFile } from '@segl/server/paths';
import { findServiceTemplate } from '@segl/server/adapters/postgres/accounts/service-templates';
import { openTestApplication } from '../support/server/services.ts';
import { run, tool } from '../support/tools.ts';

const main = projectFile('cli', 'dist', 'main.js');

/** Several run at once: most of the time of each is its start. */
const segl = (...args: string[]) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    execFile(process.execPath, ['--disable-proto=delete', main, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
const folder = mkdtempSync(join(tmpdir(), 'segl-template-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('every template that ships is sound, makes a page, and has all its fonts in it', async (t) => {
  const names = readdirSync(projectFile('templates', 'pades'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  t.ok(names.length >= 3);
  const fileOf = (name: string): string => join(folder, `${name}.pdf`);
  const preview = (name: string) =>
    segl('template', 'preview', name, '--out', fileOf(name), '--language', 'en');
  const [{ code, output }, ...previews] = await Promise.all([
    segl('template', 'list'),
    ...names.map(preview),
  ]);
  t.equal(code, 0);
  for (const name of names) t.match(output, new RegExp(`^${name} `, 'm'));
  const pdffonts = tool(t, 'pdffonts');
  for (const [index, name] of names.entries()) {
    const file = fileOf(name);
    t.match(previews[index], { code: 0, output: 'No font has Han' }, name);
    t.ok(checkPdf(readFileSync(file)).pages >= 1);
    if (!pdffonts) continue;
    const fonts = run(pdffonts, [file]).output.trim().split('\n').slice(2);
    t.ok(fonts.length >= 3 && fonts.every((line) => /Identity-H +yes yes yes/.test(line)), 'embedded');
  }
});

t.test('what is no template is told', async (t) => {
  const all = await Promise.all([segl('template', 'preview', '../standard'), segl('template', 'show')]);
  t.same(
    all.map(({ code }) => code),
    [1, 2],
  );
});

t.test(
  "templates of a folder of one's own are listed, and a mistake in one is told with its place",
  async (t) => {
    const own = join(folder, 'own');
    cpSync(projectFile('templates', 'pades', 'classic'), join(own, 'deeds'), { recursive: true });
    const file = join(own, 'deeds', 'template.json');
    const env = {
      ...process.env,
      TEMPLATES_DIR: own,
      PACKAGING_METHODS: 'pades=PAdES-B-LTA,deed=PAdES-B-LTA/deeds',
    };
    const command = (...args: string[]) =>
      spawnSync(process.execPath, ['--disable-proto=delete', main, 'template', ...args], {
        env,
        encoding: 'utf8',
      });
    t.match(command('list'), { status: 0, stdout: /^deeds +used by deed, from TEMPLATES_DIR$/m });
    writeFileSync(file, readFileSync(file, 'utf8').replace('"#7b2d26"', '"burgundy"'));
    const { status, stdout } = command('list');
    t.equal(status, 1);
    t.match(stdout, `The template of signature pages deeds cannot be used: colors.accent (${file}, line `);
    t.match(stdout, /^standard +used by pades$/m);
  },
);

t.test('an account gets a template and loses it again, beside a running service', async (t) => {
  const home = await openTestApplication();
  t.teardown(() => home.close());
  const { db, config } = home.application.context;
  const env = { ...process.env, DATA_DIR: config.dataDir, DATABASE_URL: home.application.databaseUrl };
  const command = (...args: string[]) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--disable-proto=delete', main, 'template', ...args],
      { env, encoding: 'utf8' },
    );
    return stdout + stderr;
  };
  t.match(command('use', 'classic', 'demo'), 'demo: classic');
  t.match(command('use', 'compact', 'demo', '--method', 'pades-b-t'), 'demo (pades-b-t): compact');
  t.equal(await findServiceTemplate(db, 'demo', 'pades'), 'classic');
  t.equal(await findServiceTemplate(db, 'demo', 'pades-b-t'), 'compact');
  t.equal(await findServiceTemplate(db, 'other', 'pades'), undefined);
  t.match(command('uses'), /demo +all methods +classic\ndemo +pades-b-t +compact/);
  t.match(command('use', 'classic', 'nobody'), 'there is no account "nobody"');
  t.match(command('use', 'gone', 'demo'), 'The template of signature pages gone cannot be used');
  t.match(
    command('use', 'classic', 'demo', '--method', 'xades-b-lt'),
    /no packaging method xades-b-lt makes PDFs/,
  );
  t.match(command('drop', 'demo'), 'demo: as the packaging method has it');
  t.match(command('drop', 'demo'), 'demo has no template of its own');
  t.equal(await findServiceTemplate(db, 'demo', 'pades'), undefined);
});
