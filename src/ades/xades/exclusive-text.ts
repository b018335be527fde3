/**
 * Writing XML that already is its own Exclusive XML Canonicalization: each element declares its prefix where no ancestor
 * in the same apex has done so, attributes are sorted, nothing is abbreviated. An apex is what is digested or time-stamped
 * by itself; its text can stand anywhere in a document and keep its canonical form.
 */
import { DS, XADES, XADES141 } from '../xml/algorithms.ts';
import { C14N_EXCLUSIVE } from '../xml/c14n.ts';
import { escapeAttribute, escapeText, type Attributes } from '../xml/canonical-text.ts';

const namespaces = { ds: DS, xades: XADES, xades141: XADES141, ec: C14N_EXCLUSIVE } as const;
type Prefix = keyof typeof namespaces;

/** An element to be written; strings are text. Attributes have no prefix. */
export interface Node {
  readonly name: `${Prefix}:${string}`;
  readonly attributes: Attributes;
  readonly content: readonly (Node | string)[];
}

export const node = (
  name: Node['name'],
  attributes: Attributes = {},
  ...content: readonly (Node | string)[]
): Node => ({ name, attributes, content });

/** An element with base64 as its text. */
export const base64Node = (name: Node['name'], bytes: Uint8Array, attributes: Attributes = {}): Node =>
  node(name, attributes, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'));

/** The text of an apex: the element in its exclusive canonical form. Throws XML_CHARACTER_INVALID. */
export function writeApex(apex: Node): string {
  const parts: string[] = [];
  write(apex, new Set(), parts);
  return parts.join('');
}

function write({ name, attributes, content }: Node, declared: ReadonlySet<Prefix>, parts: string[]): void {
  const prefix = name.slice(0, name.indexOf(':')) as Prefix;
  parts.push('<', name);
  let inScope = declared;
  if (!declared.has(prefix)) {
    parts.push(` xmlns:${prefix}="${namespaces[prefix]}"`);
    inScope = new Set([...declared, prefix]);
  }
  for (const key of Object.keys(attributes).sort()) {
    parts.push(` ${key}="${escapeAttribute(attributes[key]!, `${name} ${key}`)}"`);
  }
  parts.push('>');
  for (const item of content) {
    if (typeof item === 'string') parts.push(BASE64.test(item) ? item : escapeText(item, name));
    else write(item, inScope, parts);
  }
  parts.push('</', name, '>');
}

/** Long base64 needs no escaping, and looking at each of its characters twice would show in every large document. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
