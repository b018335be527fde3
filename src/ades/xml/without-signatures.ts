/**
 * The transforms of enveloped signatures that are to stand side by side: all of the document but for its signatures (XPath
 * Filter 2.0 section 3.4, RFC 3275 section 6.6.3.1). Taken in exactly these words; no expression is ever evaluated.
 */
import { DS, XPATH, XPATH_FILTER2 } from './algorithms.ts';
import { isElement, pureTextOf, type XmlElement } from './document.ts';

const expressions: ReadonlyMap<string, RegExp> = new Map([
  [XPATH, /^not\(ancestor-or-self::([\w.-]+):Signature\)$/],
  [XPATH_FILTER2, /^\/descendant::([\w.-]+):Signature$/],
]);

/** Whether a ds:Transform leaves out every ds:Signature, and does nothing else. */
export function leavesOutSignatures(transform: XmlElement): boolean {
  const algorithm = transform.attribute('Algorithm') ?? '';
  const expression = expressions.get(algorithm);
  const [xpath, ...more] = transform.elements;
  if (!expression || more.length > 0) return false;
  if (!isElement(xpath, algorithm === XPATH ? DS : XPATH_FILTER2, 'XPath')) return false;
  if (algorithm === XPATH_FILTER2 && xpath.attribute('Filter') !== 'subtract') return false;
  const [, prefix] = expression.exec(pureTextOf(xpath).trim()) ?? [];
  return prefix !== undefined && xpath.namespaceOf(prefix) === DS;
}

export const isSignature = (element: XmlElement): boolean => isElement(element, DS, 'Signature');
