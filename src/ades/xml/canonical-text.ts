/**
 * Writing XML that already is its own canonical form (Canonical XML 1.0 section 2.3): sorted attributes, start and end
 * tags, only the escapes that canonicalization keeps. What is hashed is then the very text that is written.
 */
import { adesProblems } from '../problems.ts';

/** Everything outside the Char production of XML 1.0; with the u flag a lone surrogate is a character of its own. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** `where` names the value in the error XML_CHARACTER_INVALID; the value itself stays out of it. */
function refuseForbidden(value: string, where: string): void {
  const found = FORBIDDEN.exec(value)?.[0].codePointAt(0);
  if (found === undefined) return;
  const character = `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
  throw adesProblems.error('XML_CHARACTER_INVALID', { character, where });
}

const textEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
};

const attributeEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/** Character data in canonical form. Throws XML_CHARACTER_INVALID. */
export function escapeText(value: string, where: string): string {
  refuseForbidden(value, where);
  return value.replace(/[&<>\r]/g, (character) => textEscapes[character]!);
}

/** An attribute value in canonical form, without its quotes. Throws XML_CHARACTER_INVALID. */
export function escapeAttribute(value: string, where: string): string {
  refuseForbidden(value, where);
  return value.replace(/[&<"\t\n\r]/g, (character) => attributeEscapes[character]!);
}

export type Attributes = Readonly<Record<string, string>>;

/**
 * One element around content that is canonical already. Namespace declarations (`xmlns`, `xmlns:…`) come first, then
 * attributes by name; attributes with a prefix are not offered, because their order follows their namespace.
 */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return `<${name}>${content.join('')}</${name}>`;
  const written = entries
    .sort(([a], [b]) => Number(isDeclaration(b)) - Number(isDeclaration(a)) || (a < b ? -1 : 1))
    .map(([key, value]) => ` ${key}="${escapeAttribute(value, `${name} ${key}`)}"`);
  return `<${name}${written.join('')}>${content.join('')}</${name}>`;
}

const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');

/** One element with text. */
export function textElement(name: string, text: string, attributes: Attributes = {}): string {
  return element(name, attributes, escapeText(text, name));
}

/** One element with the base64 of `bytes`, without white space. */
export function base64Element(name: string, bytes: Uint8Array, attributes: Attributes = {}): string {
  return element(
    name,
    attributes,
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  );
}
