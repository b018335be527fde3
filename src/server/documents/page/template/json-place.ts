/** Where something stands in the text of a JSON file, for messages about files that people edit. */
import { serverProblems } from '../../../problems.ts';
import { invalid } from './template-check.ts';

/** Parses a file; a mistake is told with its line. Throws PADES_TEMPLATE_INVALID. */
export function readJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    const { message } = cause as Error;
    const position = /position (\d+)/.exec(message)?.[1];
    const at = position === undefined ? source.length : Number(position);
    const problem = message.replace(/,? (?:\.\.\."|")[\s\S]*$| in JSON[\s\S]*$/, '');
    const line = serverProblems.of('template/line', { line: lineAt(source, at) });
    throw invalid(line, serverProblems.of('template/not-json', { said: problem }));
  }
}

const lineAt = (source: string, position: number): number => source.slice(0, position).split('\n').length;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * The line, from 1, of the field at a path like `page.margin.top` in sound JSON; of the nearest field above it where it is
 * missing, undefined where there is none.
 */
export function lineOf(source: string, path: string): number | undefined {
  const open: string[] = [];
  let key = '';
  let best: { readonly length: number; readonly at: number } | undefined;
  let isKey = true;
  for (const { 0: token, index } of source.matchAll(TOKEN)) {
    if (token === '{') {
      open.push(key);
      isKey = true;
    } else if (token === '[') {
      open.push(key);
      isKey = false;
    } else if (token === '}' || token === ']') key = open.pop() ?? '';
    else if (token === ',') isKey = true;
    else if (token === ':') isKey = false;
    else if (isKey && token.startsWith('"') && /^\s*:/.test(source.slice(index + token.length))) {
      key = [open.at(-1) ?? '', JSON.parse(token) as string].filter(Boolean).join('.');
      const fits = path === key || path.startsWith(`${key}.`);
      if (fits && key.length > (best?.length ?? 0)) best = { length: key.length, at: index };
    }
  }
  return best && lineAt(source, best.at);
}
