/** What came out, as a table: operation × stack. */
import { rows } from './operations.mjs';

const key = ({ api, operation }) => `${api} ${operation}`;

/** One cell: passed, failed, or – where a stack has nothing to say. */
function cell(row, reports) {
  const mine = reports.filter((report) => key(report) === key(row));
  if (mine.some(({ outcome }) => outcome === 'failed')) return 'failed';
  if (mine.some(({ outcome }) => outcome === 'passed')) return 'passed';
  return row.forAll ? 'failed' : '–';
}

/** From one {stack, reports, problem?} for each stack. `problems` are the failed cells in words. */
export function makeTable(results) {
  const lines = rows.map((row) => ({
    ...row,
    cells: results.map(({ reports }) => cell(row, reports)),
  }));
  const known = new Set(rows.map(key));
  const unknown = results.flatMap(({ reports }) => reports.map(key).filter((name) => !known.has(name)));
  if (unknown.length > 0) throw new Error(`No row for ${unknown.join(', ')}`);
  const problems = lines.flatMap((line) =>
    results.flatMap(({ stack, reports, problem }, index) => {
      if (line.cells[index] !== 'failed') return [];
      const bad = reports.find((report) => report.outcome === 'failed' && key(report) === key(line));
      // a program that ended too early says enough
      if (!bad && problem) return [];
      return [`${stack.name}: ${key(line)}: ${bad?.text ?? 'was not tried'}`];
    }),
  );
  return { head: results.map(({ stack }) => stack.name), lines, problems };
}

/** For the terminal. */
export function tableText({ head, lines }) {
  const first = Math.max(...lines.map((line) => key(line).length));
  const pad = (text, index) => text.padEnd(Math.max(11, head[index].length));
  const out = [`${''.padEnd(first)}  ${head.map(pad).join('  ')}`];
  for (const line of lines) out.push(`${key(line).padEnd(first)}  ${line.cells.map(pad).join('  ')}`);
  return `${out.map((line) => line.trimEnd()).join('\n')}\n`;
}

const markdownRow = (cells) => `| ${cells.join(' | ')} |`;

export const markdownTable = (head, lines) =>
  [markdownRow(head), markdownRow(head.map(() => '---')), ...lines.map(markdownRow)].join('\n');

/** For the documents. */
export const tableMarkdown = ({ head, lines }) =>
  markdownTable(
    ['service', 'operation', ...head],
    lines.map(({ api, operation, cells }) => [api, operation, ...cells]),
  );
