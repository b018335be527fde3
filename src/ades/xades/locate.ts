/**
 * Where in the bytes of somebody's XML a new element goes. Signed XML is never written anew: what is there stays byte for
 * byte, and the addition is put between.
 */
import { SaxesParser } from 'saxes';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { DS, XADES } from '../xml/algorithms.ts';

/** The document in two halves; the addition goes between them. */
export interface Gap {
  readonly before: Buffer;
  readonly after: Buffer;
}

const invalid = (why: Problem): SeglError => adesProblems.error('XML_INVALID', { why });

interface Tag {
  readonly uri: string;
  readonly local: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Behind the start tag. */
  readonly open: number;
  readonly selfClosing: boolean;
  readonly parent: Tag | undefined;
  /** Before the end tag; that of an empty element is behind its start tag. */
  close: number;
}

/** Walks the elements of `text`, which libxml2 has accepted before; `visit` sees each when it ends. */
function walk(text: string, visit: (tag: Tag) => void): void {
  const parser = new SaxesParser({ xmlns: true, position: true });
  let current: Tag | undefined;
  parser.on('error', (error) => {
    throw invalid(adesProblems.of('xml/malformed-saying', { said: error.message.slice(0, 60) }));
  });
  parser.on('opentag', ({ uri, local, name, attributes, isSelfClosing }) => {
    const own = Object.values(attributes).map(({ prefix, local: key, value }): [string, string] => [
      prefix ? `${prefix}:${key}` : key,
      value,
    ]);
    current = {
      uri,
      local,
      name,
      attributes: new Map(own),
      open: parser.position,
      selfClosing: isSelfClosing,
      parent: current,
      close: parser.position,
    };
  });
  parser.on('closetag', () => {
    const tag = current!;
    if (!tag.selfClosing) tag.close = text.lastIndexOf('</', parser.position - 1);
    visit(tag);
    current = tag.parent;
  });
  parser.write(text).close();
}

const textOf = (bytes: Uint8Array): { mark: Buffer; text: string } => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const marked = buffer.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf));
  return { mark: buffer.subarray(0, marked ? 3 : 0), text: buffer.toString('utf8', marked ? 3 : 0) };
};

/** The halves of `text` around the end of the content of `tag`; an empty-element tag is opened for it. */
function gapIn(text: string, mark: Buffer, tag: Tag, open = '', close = ''): Gap {
  const before = tag.selfClosing ? `${text.slice(0, tag.open - 2)}>` : text.slice(0, tag.close);
  const after = tag.selfClosing ? `</${tag.name}>${text.slice(tag.open)}` : text.slice(tag.close);
  return { before: Buffer.concat([mark, Buffer.from(before + open)]), after: Buffer.from(close + after) };
}

/** Before the end tag of the root element. Throws XML_INVALID. */
export function rootEnd(bytes: Uint8Array): Gap {
  const { mark, text } = textOf(bytes);
  let root: Tag | undefined;
  walk(text, (tag) => (root = tag));
  if (!root) throw invalid(adesProblems.of('xml/empty'));
  return gapIn(text, mark, root);
}

/**
 * Where the next unsigned signature property of a signature goes: behind those that are there, with the elements around
 * it that are missing. `number`: which ds:Signature, counted by the start tags, from 0. A signature without an Id gets
 * `id`. Throws XML_INVALID.
 */
export function unsignedPropertiesEnd(bytes: Uint8Array, number: number, id: string): Gap {
  const { mark, text } = textOf(bytes);
  const signatures: Tag[] = [];
  const inside: Tag[] = [];
  walk(text, (tag) => {
    if (tag.uri === DS && tag.local === 'Signature') signatures.push(tag);
    if (tag.uri === XADES && /^(QualifyingProperties|Unsigned(Signature)?Properties)$/.test(tag.local))
      inside.push(tag);
  });
  const signature = signatures.sort((a, b) => a.open - b.open)[number];
  if (!signature) throw invalid(adesProblems.of('xml/no-such-signature'));
  const find = (local: string, parent: Tag | undefined): Tag | undefined =>
    inside.find((tag) => tag.local === local && tag.parent === parent);
  const qualifying = inside.find(
    (tag) => tag.local === 'QualifyingProperties' && tag.parent?.parent === signature,
  );
  if (!qualifying) return ownProperties(text, mark, signature, id);
  const unsigned = find('UnsignedProperties', qualifying);
  const properties = unsigned && find('UnsignedSignatureProperties', unsigned);
  if (properties) return gapIn(text, mark, properties);
  const wrap = (names: readonly string[]): [string, string] => [
    names.map((name) => `<xades:${name} xmlns:xades="${XADES}">`).join(''),
    [...names]
      .reverse()
      .map((name) => `</xades:${name}>`)
      .join(''),
  ];
  if (!unsigned)
    return gapIn(text, mark, qualifying, ...wrap(['UnsignedProperties', 'UnsignedSignatureProperties']));
  // they come first in UnsignedProperties
  const [open, close] = wrap(['UnsignedSignatureProperties']);
  if (unsigned.selfClosing) return gapIn(text, mark, unsigned, open, close);
  return {
    before: Buffer.concat([mark, Buffer.from(text.slice(0, unsigned.open) + open)]),
    after: Buffer.from(close + text.slice(unsigned.open)),
  };
}

/** An XML signature without qualifying properties: they come as its last object, and it is named by an Id. */
function ownProperties(text: string, mark: Buffer, signature: Tag, id: string): Gap {
  const named = signature.attributes.has('Id');
  const target = named ? signature.attributes.get('Id')! : id;
  const open =
    `<ds:Object xmlns:ds="${DS}"><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${target}">` +
    '<xades:UnsignedProperties><xades:UnsignedSignatureProperties>';
  const close =
    '</xades:UnsignedSignatureProperties></xades:UnsignedProperties></xades:QualifyingProperties></ds:Object>';
  const { before, after } = gapIn(text, mark, signature, open, close);
  if (named) return { before, after };
  const at = Buffer.byteLength(text.slice(0, text.lastIndexOf('<', signature.open - 1))) + mark.length;
  const behindName = at + Buffer.byteLength(`<${signature.name}`);
  return {
    before: Buffer.concat([
      before.subarray(0, behindName),
      Buffer.from(` Id="${id}"`),
      before.subarray(behindName),
    ]),
    after,
  };
}
