import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkPdf } from '../../src/ades/pdf/check.ts';
import { projectFile } from '../../src/paths.ts';
import { run, tool } from '../support/tools.ts';

const main = projectFile('dist', 'cli', 'main.js');
const segl = (...args: string[]) => run(process.execPath, ['--disable-proto=delete', main, ...args]);
const folder = mkdtempSync(join(tmpdir(), 'segl-template-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('every template that ships is sound, makes a page, and has all its fonts in it', async (t) => {
  const names = readdirSync(projectFile('templates', 'pades'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  t.ok(names.length >= 3);
  const { code, output } = segl('template', 'list');
  t.equal(code, 0);
  for (const name of names) t.match(output, new RegExp(`^${name} `, 'm'));
  const pdffonts = tool(t, 'pdffonts');
  for (const name of names) {
    const file = join(folder, `${name}.pdf`);
    const made = segl('template', 'preview', name, '--out', file, '--language', 'en');
    t.equal(made.code, 0, name);
    t.match(made.output, 'No font has Han');
    t.ok(checkPdf(readFileSync(file)).pages >= 1);
    if (!pdffonts) continue;
    const fonts = run(pdffonts, [file]).output.trim().split('\n').slice(2);
    t.ok(fonts.length >= 3 && fonts.every((line) => /Identity-H +yes yes yes/.test(line)), 'embedded');
  }
});

t.test('what is no template is told', async (t) => {
  for (const args of [['preview', '../standard'], ['show']]) {
    t.equal(segl('template', ...args).code, 1, args.join(' '));
  }
});
