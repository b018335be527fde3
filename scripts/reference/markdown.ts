/** What all generated pages share: a note on where they come from, and tables. */

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Rows as a Markdown table. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(escaped).join(' | ')} |`).join('\n');

/** `text` as code, nothing for nothing. */
export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** A page: title, paragraphs and tables, set apart by empty lines. */
export const page = (title: string, ...parts: readonly string[]): string =>
  [`# ${title}`, 'Written by `npm run reference`; changes belong in the code.', ...parts].join('\n\n');
