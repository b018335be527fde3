/**
 * Reads a page of the portal as far as an automated person needs it: where it stands, its forms, its data, and what a
 * human would see. The handles are `main[data-step]`, `form[data-action]`, `script#signing` and `script#options`.
 */

export interface PageForm {
  /** Absolute URL. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Page {
  readonly step: string | undefined;
  readonly documentId: string | undefined;
  /** Of a chain of methods, the link that is due, from 1. */
  readonly link: string | undefined;
  readonly errorCode: string | undefined;
  /** By their `data-action`; where several do the same for one method each, by `ACTION:METHOD` too. */
  readonly forms: ReadonlyMap<string, PageForm>;
  /** Where the page leads away to, absolute: its link `continue`. */
  readonly continueUrl: string | undefined;
  /** For the signer to compare, where the page shows one. */
  readonly code: string | undefined;
  /** Content of `<script type="application/json" id="signing">`. */
  readonly signing: unknown;
  /** Content of `<script type="application/json" id="options">`. */
  readonly options: unknown;
  /** Visible text on one line, at most 400 characters. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

const decode = (text: string): string =>
  text.replace(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );

// a tag with quoted, bare or no attribute values
const TAG = /<(\/?)([a-z][a-z0-9-]*)((?:\s+[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*\/?>/gi;
const ATTRIBUTE = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

type Attributes = Readonly<Record<string, string>>;

function readAttributes(text: string): Attributes {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single, bare] of text.matchAll(ATTRIBUTE)) {
    if (name) attributes[name.toLowerCase()] = decode(double ?? single ?? bare ?? '');
  }
  return attributes;
}

/** The first value that a form would send for a field; unchecked boxes are left to the person. */
const sends = ({ name, type }: Attributes): boolean =>
  name !== undefined && !['checkbox', 'radio', 'file', 'submit', 'button'].includes(type ?? 'text');

/** What is no markup: scripts, which may hold anything, and comments. */
const withoutScripts = (html: string): string =>
  html.replace(/<script\b[\s\S]*?<\/script>/gi, ' ').replace(/<!--[\s\S]*?-->/g, ' ');

function visibleText(markup: string): string {
  const text = markup
    .replace(/<(style|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(TAG, ' ')
    .replace(/<![^>]*>/g, ' ');
  return decode(text).replace(/\s+/g, ' ').trim().slice(0, 400);
}

/** What a page hands to its script, by the id of the element. */
function readJson(html: string, id: string): unknown {
  for (const [, attributes = '', content = ''] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)) {
    if (readAttributes(attributes)['id'] !== id) continue;
    try {
      return JSON.parse(content);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** `url` is the page's own, for the addresses of its forms. */
export function readPage(html: string, url: string): Page {
  const forms = new Map<string, PageForm>();
  let main: Attributes = {};
  let fields: Record<string, string> | undefined;
  let continueUrl: string | undefined;
  const markup = withoutScripts(html);
  for (const [, closing, tag = '', rest = ''] of markup.matchAll(TAG)) {
    const name = tag.toLowerCase();
    if (closing) {
      if (name === 'form') fields = undefined;
      continue;
    }
    const attributes = readAttributes(rest);
    if (name === 'main') main = attributes;
    if (name === 'a' && attributes['id'] === 'continue')
      continueUrl = new URL(attributes['href'] ?? '', url).href;
    if (name === 'form') {
      fields = {};
      const action = attributes['data-action'];
      // of forms that do the same, as in a list of tasks, the first one
      const form = { action: new URL(attributes['action'] ?? '', url).href, fields };
      if (action && !forms.has(action)) forms.set(action, form);
      if (action && attributes['data-method']) forms.set(`${action}:${attributes['data-method']}`, form);
    }
    if (name === 'input' && fields && sends(attributes))
      fields[attributes['name'] ?? ''] = attributes['value'] ?? '';
  }
  return {
    step: main['data-step'],
    documentId: main['data-document'],
    link: main['data-link'],
    errorCode: main['data-code'],
    forms,
    continueUrl,
    code: /<strong id="code">([^<]*)</.exec(markup)?.[1],
    signing: readJson(html, 'signing'),
    options: readJson(html, 'options'),
    text: visibleText(markup),
  };
}
