/**
 * What stands in a document and is signed by nobody: signature wrapping leaves the signature as it was and puts something
 * else where a careless reader looks.
 */
import { DS, XADES } from '../xml/algorithms.ts';
import { isElement, type XmlElement } from '../xml/document.ts';

/** Attributes that say nothing by themselves. */
const NAMING = /^(id|mimetype|encoding|schemalocation|nonamespaceschemalocation|space|lang)$/i;

/**
 * Name of the first element at or below `root` that carries something of its own and is neither `signed`, nor within what is,
 * nor a part that signatures have unsigned (KeyInfo, unsigned properties); undefined when there is none. What merely
 * holds signed elements and signatures is not counted.
 */
export function unsignedBeside(root: XmlElement, signed: ReadonlySet<XmlElement>): string | undefined {
  if (signed.has(root)) return undefined;
  if (isElement(root, DS, 'Signature')) {
    const objects = root.elements.filter((child) => isElement(child, DS, 'Object'));
    return first(
      objects.filter((object) => !holdsProperties(object) && !isEmpty(object)),
      signed,
    );
  }
  const children = root.elements;
  const isHolder =
    children.length > 0 && !hasText(root) && root.attributes.every(({ name }) => NAMING.test(name));
  return isHolder ? first(children, signed) : root.name;
}

function first(elements: readonly XmlElement[], signed: ReadonlySet<XmlElement>): string | undefined {
  for (const element of elements) {
    const found = unsignedBeside(element, signed);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isEmpty = (element: XmlElement): boolean => element.elements.length === 0 && !hasText(element);

/** SignedProperties in there are signed or the signature is not bound; the others never are. */
function holdsProperties(object: XmlElement): boolean {
  const [only, ...more] = object.elements;
  return more.length === 0 && isElement(only, XADES, 'QualifyingProperties') && !hasText(object);
}

const hasText = (element: XmlElement): boolean => element.ownText.trim() !== '';
