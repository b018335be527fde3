/**
 * Writes a reply by the schema: children strictly in schema order, since generated clients read by position. The
 * payload's root declares the contract's namespace as the default one.
 */
import { typeOf, type ComplexType, type Member, type Schema } from './schema.ts';
import { writeSimple } from './simple-value.ts';
import type { WireObject, WireScalar, WireValue } from './wire-value.ts';
import { escapeAttribute, escapeText } from './xml-text.ts';
import { XSI } from './xml-tree.ts';

/** Writes the global element `name`. Throws a plain Error when `value` does not fit the schema: a mistake of ours. */
export function encode(schema: Schema, name: string, value: WireObject): string {
  const type = schema.elements.get(name);
  if (!type) throw new Error(`The schema has no element ${name}`);
  return writeComplex(schema, name, type, value, ` xmlns="${escapeAttribute(schema.namespace)}"`);
}

function actualType(declared: ComplexType, value: WireObject): ComplexType {
  const name = value['$type'];
  if (name === undefined) return declared;
  const type = declared.derived.find((derived) => derived.name === name);
  if (!type) throw new Error(`${JSON.stringify(name)} is not derived from ${declared.name}`);
  return type;
}

function refuseUnknownNames(type: ComplexType, value: WireObject): void {
  const known = (name: string): boolean =>
    type.elements.has(name) ||
    type.attributes.has(name) ||
    name === '$type' ||
    (name === '$text' && !!type.text);
  const unknown = Object.keys(value).find((name) => value[name] !== undefined && !known(name));
  if (unknown !== undefined) throw new Error(`${type.name} has no ${unknown}`);
}

function writeComplex(
  schema: Schema,
  name: string,
  declared: ComplexType,
  value: WireObject,
  declarations = '',
): string {
  const type = actualType(declared, value);
  refuseUnknownNames(type, value);
  let start = `<${name}${declarations}`;
  if (type !== declared) {
    start += ` xmlns:xsi="${XSI}" xmlns:tns="${escapeAttribute(schema.namespace)}" xsi:type="tns:${type.name}"`;
  }
  for (const member of type.attributes.values()) {
    const given = required(type, member, value[member.name]);
    if (given !== undefined) {
      start += ` ${member.name}="${escapeAttribute(writeSimple(given as WireScalar))}"`;
    }
  }
  let content = type.text ? escapeText(writeSimple((value['$text'] ?? '') as WireScalar)) : '';
  for (const member of type.elements.values()) {
    const given = required(type, member, value[member.name]);
    if (given === undefined) continue;
    for (const item of member.many ? (given as readonly WireValue[]) : [given]) {
      content += writeElement(schema, member, item);
    }
  }
  return content === '' ? `${start}/>` : `${start}>${content}</${name}>`;
}

function writeElement(schema: Schema, member: Member, value: WireValue): string {
  const type = typeOf(schema, member);
  if (type.kind === 'complex') return writeComplex(schema, member.name, type, value as WireObject);
  const text = escapeText(writeSimple(value as WireScalar));
  return text === '' ? `<${member.name}/>` : `<${member.name}>${text}</${member.name}>`;
}

/** A list may be empty even where the schema wants one: there is no other way to say "none". */
function required(type: ComplexType, member: Member, value: WireValue | undefined): WireValue | undefined {
  if (value === undefined && member.required && !member.many) {
    throw new Error(`${type.name} needs ${member.name}`);
  }
  return value;
}
