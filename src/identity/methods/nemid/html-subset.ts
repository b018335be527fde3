/**
 * The HTML that a NemID client shows as sign text (guidelines section 5.2): text with simple layout. What a client
 * refuses to show, nobody can have read, so a signature over it proves nothing.
 */

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
export function htmlProblem(html: string): string | undefined {
  let at = 0;
  let style = false;
  for (;;) {
    const open = html.indexOf('<', at);
    const text = html.slice(at, open < 0 ? html.length : open);
    if (style && ACTIVE_STYLE.test(text)) return 'its style does more than lay text out';
    if (open < 0) return style ? 'its style element does not end' : undefined;
    TAG.lastIndex = open;
    const tag = TAG.exec(html)?.groups;
    if (!tag) return 'it has a comment, an instruction or a broken tag';
    at = TAG.lastIndex;
    const name = (tag['name'] ?? '').toLowerCase();
    if (!Object.hasOwn(ELEMENTS, name)) return `it has the element ${name}`;
    if (style && !(name === 'style' && tag['close'])) return 'its style holds elements';
    style = name === 'style' && !tag['close'];
    const problem = attributesProblem(name, tag['attributes'] ?? '', tag['close'] !== '');
    if (problem) return problem;
  }
}

function attributesProblem(element: string, written: string, closing: boolean): string | undefined {
  const trimmed = written.trimEnd();
  const text = (trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed).trimEnd();
  if (text !== '' && closing) return `the end of ${element} has attributes`;
  let at = 0;
  while (at < text.length) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text)?.groups;
    if (!found) return `the attributes of ${element} cannot be read`;
    at = ATTRIBUTE.lastIndex;
    const name = (found['name'] ?? '').toLowerCase();
    const value = found['double'] ?? found['single'] ?? found['bare'] ?? '';
    if (!FOR_ALL.includes(name) && !ELEMENTS[element]!.includes(name))
      return `${element} has the attribute ${name}`;
    if (name === 'href' && !/^#[\w.-]*$/.test(value)) return 'it links to somewhere else';
    if (name === 'style' && ACTIVE_STYLE.test(value)) return 'a style does more than lay text out';
  }
  return undefined;
}
