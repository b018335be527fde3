/**
 * The HTML that a NemID client shows as sign text (guidelines section 5.2): text with simple layout. What a client
 * refuses to show, nobody can have read, so a signature over it proves nothing.
 */
import { nemidProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';

/** Elements and, beside those for all, the attributes that each may have. None of them loads or runs anything. */
const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  html: [],
  head: [],
  title: [],
  style: ['type'],
  body: ['bgcolor', 'text'],
  p: ['align'],
  div: ['align'],
  center: [],
  ul: ['type'],
  ol: ['type', 'start'],
  li: ['type', 'value'],
  ...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((name) => [name, ['align']])),
  font: ['color', 'face', 'size'],
  table: ['align', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'width'],
  tr: ['align', 'bgcolor', 'valign'],
  th: ['align', 'bgcolor', 'colspan', 'height', 'rowspan', 'valign', 'width'],
  td: ['align', 'bgcolor', 'colspan', 'height', 'rowspan', 'valign', 'width'],
  i: [],
  b: [],
  u: [],
  a: ['href', 'name'],
};

const FOR_ALL: readonly string[] = ['class', 'id', 'lang', 'style', 'title', 'xmlns'];

const TAG = /<(?<close>\/?)(?<name>[a-z][a-z0-9]*)(?<attributes>(?:\s[^<>]*|\/)?)>/giy;
const ATTRIBUTE =
  /\s+(?<name>[a-z][a-z-]*)(?:\s*=\s*(?:"(?<double>[^"<>]*)"|'(?<single>[^'<>]*)'|(?<bare>[\w#%.-]+)))?/giy;

/** Whatever makes a style fetch, run, hide behind an escape, or take over the page. */
const ACTIVE_STYLE =
  /[\\@<]|url\s*\(|expression\s*\(|javascript:|behavior\s*:|-moz-binding|position\s*:|\/\*/i;

/** Why a client would not have shown this HTML, or undefined. */
export function htmlProblem(html: string): Problem | undefined {
  let at = 0;
  let style = false;
  for (;;) {
    const open = html.indexOf('<', at);
    const text = html.slice(at, open < 0 ? html.length : open);
    if (style && ACTIVE_STYLE.test(text)) return nemidProblems.of('nemid/html-style');
    if (open < 0) return style ? nemidProblems.of('nemid/html-style-no-end') : undefined;
    TAG.lastIndex = open;
    const tag = TAG.exec(html)?.groups;
    if (!tag) return nemidProblems.of('nemid/html-broken');
    at = TAG.lastIndex;
    const name = (tag['name'] ?? '').toLowerCase();
    if (!Object.hasOwn(ELEMENTS, name)) return nemidProblems.of('nemid/html-element', { name });
    if (style && !(name === 'style' && tag['close'])) return nemidProblems.of('nemid/html-style-elements');
    style = name === 'style' && !tag['close'];
    const problem = attributesProblem(name, tag['attributes'] ?? '', tag['close'] !== '');
    if (problem) return problem;
  }
}

function attributesProblem(element: string, written: string, closing: boolean): Problem | undefined {
  const trimmed = written.trimEnd();
  const text = (trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed).trimEnd();
  if (text !== '' && closing) return nemidProblems.of('nemid/html-end-attributes', { element });
  let at = 0;
  while (at < text.length) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text)?.groups;
    if (!found) return nemidProblems.of('nemid/html-attributes', { element });
    at = ATTRIBUTE.lastIndex;
    const name = (found['name'] ?? '').toLowerCase();
    const value = found['double'] ?? found['single'] ?? found['bare'] ?? '';
    if (!FOR_ALL.includes(name) && !ELEMENTS[element]!.includes(name))
      return nemidProblems.of('nemid/html-attribute', { element, name });
    if (name === 'href' && !/^#[\w.-]*$/.test(value)) return nemidProblems.of('nemid/html-link');
    if (name === 'style' && ACTIVE_STYLE.test(value)) return nemidProblems.of('nemid/html-attribute-style');
  }
  return undefined;
}
