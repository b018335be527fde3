/** The documentation holds together: links lead somewhere, files that code names exist, README stays short. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { projectFile, projectRoot } from '@segl/server/paths';

const SKIPPED = ['node_modules', 'dist', 'data', 'out', '.git', '.tap', '.stryker'];

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

const files = filesUnder(projectRoot);
const named = (path: string): string => relative(projectRoot, path);
const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Without what is in code: blocks and spans. */
const prose = (text: string): string => text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** As forges make them from headings. */
const anchorsOf = (text: string): string[] =>
  [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ +(.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

t.test('every link between documents leads somewhere', async (t) => {
  let links = 0;
  const broken: string[] = [];
  for (const file of files.filter((path) => path.endsWith('.md'))) {
    const text = readFileSync(file, 'utf8');
    for (const [, target = ''] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? file : join(dirname(file), path);
      const found =
        exists(to) && (anchor === undefined || anchorsOf(readFileSync(to, 'utf8')).includes(anchor));
      if (!found) broken.push(`${named(file)}: ${target}`);
    }
  }
  t.ok(links > 50, `${links} links`);
  t.same(broken, []);
});

t.test('the documents that code and texts name are there', async (t) => {
  const missing: string[] = [];
  for (const file of files.filter((path) => /\.([cm]?[jt]s|json|yml|html)$/.test(path))) {
    if (file.endsWith('package-lock.json')) continue;
    for (const [name] of readFileSync(file, 'utf8').matchAll(/\bdocs\/[\w/-]+\.md\b/g))
      if (!exists(projectFile(name))) missing.push(`${named(file)}: ${name}`);
  }
  t.same(missing, []);
});

t.test('README is short, and its picture small', async (t) => {
  t.ok(statSync(projectFile('README.md')).size <= 8000);
  t.ok(statSync(projectFile('docs', 'signing.png')).size < 150_000);
});
