/** The shape of a file without what varies from one making to the next: keys, times, ids, and what is derived from them. */
import { DOMParser, type Element, type Node } from '@xmldom/xmldom';

/** Elements whose content stays as it is, however much it looks like something that varies. */
const FIXED = new Set(['SigPolicyHash', 'SigPolicyId', 'SPURI', 'PackagingPolicyIdentifier']);
/** Software that took part: as much as there happens to be, in versions of its own. */
const SOFTWARE = 'Component';

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b(?=[0-9a-z]*\d)[0-9a-z]{16,}\b/gi, '<id>'],
  [/localhost:\d+/g, 'localhost:<port>'],
  [/\bRID:\d+/g, 'RID:<number>'],
  [/^\d{8}$/, '<number>'],
];

const BASE64 = /^(?=.*\d|.*[+/=])[A-Za-z0-9+/\s]{24,}={0,2}\s*$/s;

const ELEMENT = 1;
const TEXT = 3;

const masked = (text: string): string =>
  BASE64.test(text)
    ? '<base64>'
    : MASKS.reduce((whole, [pattern, mask]) => whole.replace(pattern, mask), text);

/** Elements in their order with namespace, attributes and text, each on a line of its own. */
export function outlineOfXml(bytes: Uint8Array): string[] {
  const parser = new DOMParser({
    onError: (level, why) => {
      if (level !== 'warning') throw new Error(why);
    },
  });
  const { documentElement } = parser.parseFromString(Buffer.from(bytes).toString('utf8'), 'text/xml');
  return [...linesOf(documentElement!, '')];
}

function* linesOf(element: Element, indent: string, path = ''): Generator<string> {
  const { nodeName, namespaceURI, childNodes } = element;
  const name = element.localName ?? '';
  const keep = (text: string): string =>
    FIXED.has(name) || path.includes('SigPolicyHash') ? text : masked(text);
  const attributes = [...element.attributes].map(({ name: key, value }) => {
    return ` ${key}="${name === SOFTWARE ? '<software>' : keep(value)}"`;
  });
  const children = [...childNodes];
  const text = children
    .filter(({ nodeType }) => nodeType === TEXT)
    .map(({ nodeValue }) => nodeValue ?? '')
    .join('');
  const elements = children.filter((child): child is Element & Node => child.nodeType === ELEMENT);
  const own = elements.length > 0 ? text.trim() : text;
  const words = own === '' ? '' : ` ${JSON.stringify(keep(own))}`;
  yield `${indent}${nodeName} {${namespaceURI ?? ''}}${attributes.join('')}${words}`;
  let last = '';
  for (const child of elements) {
    const lines = [...linesOf(child, `${indent}  `, `${path}/${name}`)];
    const shape = lines.join('\n');
    // as many entries of software as there are count as one
    if (child.localName === SOFTWARE && shape === last) continue;
    last = shape;
    yield* lines;
  }
}

/** Objects of a PDF in the order of the file: their dictionaries without numbers, strings and what is in streams. */
export const outlineOfPdf = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/stream\r?\n[^]*?endstream/g, 'stream')
    .replace(/<[0-9A-Fa-f\s]*>/g, '<hex>')
    .replace(/\/[0-9A-F]{40}\b/g, '/<hash>')
    .replace(/\((?:\\.|[^\\)])*\)/g, '(text)')
    .replace(/-?\d+(\.\d+)?/g, '0')
    .replace(/\s+/g, ' ')
    .split(/(?= 0 0 obj)/)
    .map((line) => line.trim());

/** Names in a ZIP whose entries are stored as they are, and the outlines of the XML and PDF files among them. */
export function outlineOfZip(bytes: Uint8Array): string[] {
  return entriesOf(bytes).flatMap(({ name, data }) => [
    masked(name),
    ...(name.endsWith('.xml') ? outlineOfXml(data) : name.endsWith('.pdf') ? outlineOfPdf(data) : []),
  ]);
}

function entriesOf(zip: Uint8Array): { name: string; data: Buffer }[] {
  const LOCAL_HEADER = 0x04034b50;
  const file = Buffer.from(zip);
  const entries: { name: string; data: Buffer }[] = [];
  for (let at = 0; file.readUInt32LE(at) === LOCAL_HEADER;) {
    const size = file.readUInt32LE(at + 18);
    const start = at + 30 + file.readUInt16LE(at + 26);
    entries.push({ name: file.toString('utf8', at + 30, start), data: file.subarray(start, start + size) });
    at = start + size;
  }
  return entries;
}
