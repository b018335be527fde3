import { SaxesParser } from 'saxes';
import { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import { soapProblems } from './problems.ts';

export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** A name with its namespace resolved; `namespace` is '' for none. */
export interface QName {
  readonly namespace: string;
  readonly local: string;
}

export interface Attribute extends QName {
  readonly value: string;
}

/**
 * One element. Names that a sender chooses are never property names here, so that no name (`__proto__`,
 * `constructor`) means anything to the language.
 */
export interface XmlElement extends QName {
  /** Without namespace declarations. */
  readonly attributes: readonly Attribute[];
  readonly children: readonly XmlElement[];
  /** All character data directly inside, CDATA sections included, comments left out; nothing trimmed. */
  readonly text: string;
  /** xsi:type with its prefix resolved where the element stands; an unbound prefix gives namespace ''. */
  readonly type: QName | undefined;
}

/** Value of an attribute without namespace (or of `namespace`). */
export function attribute(element: XmlElement, local: string, namespace = ''): string | undefined {
  return element.attributes.find((a) => a.local === local && a.namespace === namespace)?.value;
}

/**
 * Limits far above any honest request; `depth` counts the root as 1. `ampersands` bounds the references to characters, of which
 * each takes the parser longer than thousands of characters of text do.
 */
export const limits = { depth: 64, elements: 100_000, attributes: 64, ampersands: 1_000_000 };

interface OpenElement extends XmlElement {
  readonly attributes: Attribute[];
  readonly children: OpenElement[];
  text: string;
  type: QName | undefined;
}

const refuse = (why: Problem): never => {
  throw serverProblems.error('XML_REFUSED', { why });
};

/** Before anything is parsed; those that stand in comments and CDATA sections are counted too. */
function refuseManyAmpersands(text: string): void {
  let count = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++count > limits.ampersands)
      refuse(soapProblems.of('soap/too-many-ampersands', { limit: limits.ampersands }));
  }
}

/** The five entities of XML 1.0 §4.6 without a prototype behind them: `&constructor;` is undefined like any other. */
const predefinedEntities: Record<string, string> = Object.assign(Object.create(null) as object, {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
});

function resolveQName(text: string, parser: SaxesParser<{ xmlns: true }>): QName {
  const value = text.trim();
  const colon = value.indexOf(':');
  const prefix = colon < 0 ? '' : value.slice(0, colon);
  return { namespace: parser.resolve(prefix) ?? '', local: value.slice(colon + 1) };
}

/**
 * Reads a document into a tree, in one pass. Throws XML_REFUSED for a DTD, XML 1.1, or more depth, elements,
 * attributes or ampersands than any honest request has; XML_MALFORMED for all that is not namespace-well-formed.
 */
export function parseXml(text: string): XmlElement {
  refuseManyAmpersands(text);
  const parser = new SaxesParser({ xmlns: true });
  parser.ENTITIES = predefinedEntities;
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let elements = 0;
  let attributes = 0;

  // With more than six handlers the parser object leaves V8's fast mode and takes five times as long.
  parser.on('doctype', () => refuse(soapProblems.of('soap/doctype')));
  parser.on('attribute', () => {
    if (++attributes > limits.attributes)
      refuse(soapProblems.of('soap/too-many-attributes', { limit: limits.attributes }));
  });
  parser.on('opentag', (tag) => {
    attributes = 0;
    const { version } = parser.xmlDecl;
    if (version !== undefined && version !== '1.0') refuse(soapProblems.of('soap/xml-version', { version }));
    if (open.length >= limits.depth) refuse(soapProblems.of('soap/too-deep', { limit: limits.depth }));
    if (++elements > limits.elements)
      refuse(soapProblems.of('soap/too-many-elements', { limit: limits.elements }));
    const element: OpenElement = {
      namespace: tag.uri,
      local: tag.local,
      attributes: [],
      children: [],
      text: '',
      type: undefined,
    };
    for (const { name, prefix, uri, local, value } of Object.values(tag.attributes)) {
      if (prefix === 'xmlns' || name === 'xmlns') continue;
      element.attributes.push({ namespace: uri, local, value });
      if (uri === XSI && local === 'type' && value !== '') element.type = resolveQName(value, parser);
    }
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const addText = (data: string): void => {
    const current = open.at(-1);
    if (current) current.text += data;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);

  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof SeglError) throw error;
    const said = (error as Error).message.replace(/\.$/, '').slice(0, 200);
    const why = generalProblems.of('foreign/said', { said });
    throw serverProblems.error('XML_MALFORMED', { why }, { cause: error });
  }
  if (!root) throw serverProblems.error('XML_MALFORMED', { why: soapProblems.of('soap/empty') });
  return root;
}
