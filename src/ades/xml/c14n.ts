/** Canonical XML 1.0 and 1.1, inclusive and exclusive, without comments: libxml2's own, with the right context. */
import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import type { XmlElement } from 'libxml2-wasm';
import { SeglError } from '../../errors.ts';

export const C14N_10 = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const C14N_11 = 'http://www.w3.org/2006/12/xml-c14n11';
export const C14N_EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Algorithm identifiers as CanonicalizationMethod and Transform write them. */
export type C14nAlgorithm = typeof C14N_10 | typeof C14N_11 | typeof C14N_EXCLUSIVE;

const modes = {
  [C14N_10]: XmlC14NMode.XML_C14N_1_0,
  [C14N_11]: XmlC14NMode.XML_C14N_1_1,
  [C14N_EXCLUSIVE]: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
} as const;

export function isC14nAlgorithm(uri: string): uri is C14nAlgorithm {
  return Object.hasOwn(modes, uri);
}

/**
 * Canonical bytes of a document or of one element in its context (namespaces and xml: attributes of its ancestors).
 * `prefixes` are the InclusiveNamespaces of exclusive canonicalization, `#default` among them if wanted.
 * Throws XML_INVALID for what has no canonical form.
 */
export function canonicalize(
  target: XmlDocument | XmlElement,
  algorithm: C14nAlgorithm,
  prefixes: readonly string[] = [],
): Uint8Array {
  if (target instanceof XmlDocument) return run(target, { ...modeOf(algorithm, prefixes) });
  // processing instructions are refused on reading, so the document and its root element have one canonical form
  const whole = target.parent === null;
  return run(target.doc, {
    ...modeOf(algorithm, prefixes),
    ...(whole ? {} : { nodeSet: new Set([target]) }),
  });
}

/** Canonical bytes of the whole document but for `left` and what is in it: the enveloped-signature transform. */
export function canonicalizeWithout(
  document: XmlDocument,
  left: XmlElement,
  algorithm: C14nAlgorithm,
  prefixes: readonly string[] = [],
): Uint8Array {
  return run(document, { ...modeOf(algorithm, prefixes), isVisible: (node) => !node.isSameNode(left) });
}

type C14nOptions = NonNullable<Parameters<XmlDocument['canonicalize']>[1]>;

function modeOf(algorithm: C14nAlgorithm, prefixes: readonly string[]): C14nOptions {
  const mode = modes[algorithm];
  return prefixes.length > 0 ? { mode, inclusiveNamespacePrefixes: [...prefixes] } : { mode };
}

function run(document: XmlDocument, options: C14nOptions): Uint8Array {
  const chunks: Buffer[] = [];
  const handler = {
    write(chunk: Uint8Array): number {
      chunks.push(Buffer.from(chunk)); // copied: the memory belongs to libxml2
      return chunk.length;
    },
    close: (): boolean => true,
  };
  try {
    document.canonicalize(handler, options);
  } catch (cause) {
    // a namespace that is a relative URI, for one: Canonical XML 1.0 section 1.3
    throw new SeglError('XML_INVALID', { why: 'it has no canonical form' }, { cause });
  }
  return Buffer.concat(chunks);
}
