/** The named properties in ToBeSigned. */
import { nemidProblems } from '../problems.ts';
import { DS } from '@segl/ades/xml/algorithms';
import { isElement, pureBase64Of, pureTextOf, type XmlElement } from '@segl/ades/xml/document';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { refused } from '../refusal.ts';

export interface NativeProperty {
  /** As written; clients differ in case. */
  readonly name: string;
  /** Decoded by its encoding. */
  readonly value: Uint8Array;
  /** The signer was shown it. */
  readonly visible: boolean;
}

/**
 * Reads the properties by their names in lower case. `namespace` is that of the message.
 * Throws NATIVE_SIGNATURE_REFUSED {check: properties}.
 */
export function readProperties(toBeSigned: XmlElement, namespace: string): Map<string, NativeProperty> {
  try {
    return readList(toBeSigned, namespace);
  } catch (error) {
    if (!isSeglError(error, 'XML_INVALID')) throw error;
    throw unfit(reasonOf(error), error);
  }
}

const unfit = (why: Problem, cause?: unknown) => refused('properties', why, cause);

function readList(toBeSigned: XmlElement, namespace: string): Map<string, NativeProperty> {
  const [list, ...others] = toBeSigned.elements;
  if (!isElement(list, DS, 'SignatureProperties') || others.length > 0) {
    throw unfit(nemidProblems.of('nemid/properties-malformed'));
  }
  const properties = new Map<string, NativeProperty>();
  for (const child of list.elements) {
    if (!isElement(child, DS, 'SignatureProperty'))
      throw unfit(nemidProblems.of('nemid/property-element', { name: child.name }));
    const property = readProperty(child, namespace);
    const key = property.name.toLowerCase();
    if (properties.has(key))
      throw unfit(nemidProblems.of('nemid/property-repeated', { name: property.name }));
    properties.set(key, property);
  }
  return properties;
}

function readProperty(element: XmlElement, namespace: string): NativeProperty {
  const parts = element.elements;
  const nameElement = parts.find((part) => isElement(part, namespace, 'Name'));
  const value = parts.find((part) => isElement(part, namespace, 'Value'));
  if (!nameElement || !value || parts.length !== 2) {
    throw unfit(nemidProblems.of('nemid/property-malformed'));
  }
  const name = pureTextOf(nameElement);
  return {
    name,
    value: decode(name, value, value.attribute('Encoding')),
    visible: value.attribute('VisibleToSigner') === 'yes',
  };
}

/** The schema's default encoding is base64. The token of "remember user id" says base64 but is meant as it stands. */
function decode(name: string, element: XmlElement, encoding = 'base64'): Uint8Array {
  if (encoding === 'xml' || name.toLowerCase() === 'rememberuseridtoken') {
    return Buffer.from(pureTextOf(element), 'utf8');
  }
  if (encoding === 'base64') return pureBase64Of(element, name);
  throw unfit(nemidProblems.of('nemid/property-encoding', { name }));
}
