/** Sections of docs/standards/packaging-policy.md that tests write, and compare in every run. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { projectFile } from '@segl/server/paths';

const FILE = projectFile('docs', 'standards', 'packaging-policy.md');

/** Widths of columns are a matter of taste. */
const plain = (text: string): string => text.replace(/[ -]+\|/g, ' |').replace(/\|[ ]+/g, '| ');

/** Compares the section `name` with `rows`; with SEGL_WRITE_DOCS it is written instead. */
export function checkSection(
  t: Test,
  name: string,
  head: readonly string[],
  rows: readonly string[][],
): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = readFileSync(FILE, 'utf8');
  const [before = '', rest = ''] = text.split(start);
  const [found = '', after = ''] = rest.split(end);
  if (process.env['SEGL_WRITE_DOCS']) {
    writeFileSync(FILE, `${before}${start}\n\n${table}\n\n${end}${after}`);
    return;
  }
  t.equal(
    plain(found).trim(),
    plain(table).trim(),
    `the table "${name}" of docs/standards/packaging-policy.md is what this run found (SEGL_WRITE_DOCS=1 writes it)`,
  );
}
