/**
 * Reads a request by the schema, leniently: children by name in any order, with or without namespace; a lost xsi:type
 * is inferred; an empty element that can't be empty counts as absent. What would be lost silently (an unknown name, a
 * second value) is a problem instead.
 */
import type { InvalidValues } from './invalid-values.ts';
import { soapProblems } from './problems.ts';
import { readSimple } from './simple-value.ts';
import { typeOf, type ComplexType, type Member, type Schema, type SimpleType } from './schema.ts';
import type { WireObject, WireValue } from './wire-value.ts';
import { attribute, XSI, type XmlElement } from './xml-tree.ts';

export interface DecodeOptions {
  /** Elements required by the schema that real clients leave out, as `type/element`. */
  readonly mayBeMissing: ReadonlySet<string>;
}

/** Gives what `element` says as an object of the schema's names; everything wrong with it goes to `invalid`. */
export function decode(
  schema: Schema,
  type: ComplexType,
  element: XmlElement,
  invalid: InvalidValues,
  options: DecodeOptions,
): WireObject {
  return new Decoder(schema, invalid, options).complex(type, element, shown(element.local));
}

/** A sender's name in a message: not at any length. */
const shown = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);

class Decoder {
  readonly #schema: Schema;
  readonly #invalid: InvalidValues;
  readonly #options: DecodeOptions;

  constructor(schema: Schema, invalid: InvalidValues, options: DecodeOptions) {
    this.#schema = schema;
    this.#invalid = invalid;
    this.#options = options;
  }

  complex(declared: ComplexType, element: XmlElement, path: string): WireObject {
    const type = this.#actualType(declared, element);
    if (!type) {
      this.#invalid.add(
        `${path}/@xsi:type`,
        soapProblems.of('soap/type-unknown', {
          base: declared.name,
          known: declared.derived.map(({ name }) => name),
        }),
      );
      return this.#withoutType(declared, element, path);
    }
    const values: Record<string, WireValue> = Object.create(null) as Record<string, WireValue>;
    if (type !== declared) values['$type'] = type.name;
    if (type.text) values['$text'] = element.text;
    else if (element.text.trim() !== '') this.#invalid.add(path, soapProblems.of('soap/text-not-allowed'));
    const wrong = new Set<string>();
    this.#readAttributes(type, element, path, values, wrong);
    this.#readElements(type, element, path, values, wrong);
    this.#complete(type, path, values, wrong);
    return values;
  }

  #readAttributes(
    type: ComplexType,
    element: XmlElement,
    path: string,
    values: Record<string, WireValue>,
    wrong: Set<string>,
  ): void {
    for (const { namespace, local, value } of element.attributes) {
      if (!this.#ours(namespace)) continue; // xsi:type, xml:lang, soap:encodingStyle …
      const member = type.attributes.get(local);
      if (member && member.name in values)
        this.#invalid.add(`${path}/@${local}`, soapProblems.of('soap/repeated'));
      else if (member) this.#set(values, member, this.#simple(member, value, `${path}/@${local}`), wrong);
      else
        this.#invalid.add(
          `${path}/@${shown(local)}`,
          soapProblems.of('soap/attribute-unknown', { known: [...type.attributes.keys()] }),
        );
    }
  }

  #readElements(
    type: ComplexType,
    element: XmlElement,
    path: string,
    values: Record<string, WireValue>,
    wrong: Set<string>,
  ): void {
    const seen = new Map<string, number>();
    for (const child of element.children) {
      const member = this.#ours(child.namespace) ? type.elements.get(child.local) : undefined;
      if (!member) {
        this.#invalid.add(
          `${path}/${shown(child.local)}`,
          soapProblems.of('soap/element-unknown', { known: [...type.elements.keys()] }),
        );
        continue;
      }
      if (isNil(child)) continue;
      const position = (seen.get(member.name) ?? 0) + 1;
      seen.set(member.name, position);
      if (position === 2 && !member.many)
        this.#invalid.add(`${path}/${member.name}`, soapProblems.of('soap/repeated'));
      const childPath = member.many ? `${path}/${member.name}[${position}]` : `${path}/${member.name}`;
      this.#set(values, member, this.#element(member, child, childPath), wrong);
    }
  }

  #element(member: Member, element: XmlElement, path: string): Read {
    const type = typeOf(this.#schema, member);
    if (type.kind === 'complex') return this.complex(type, element, path);
    if (element.children.length > 0) {
      this.#invalid.add(path, soapProblems.of('soap/elements-not-allowed'));
      return WRONG;
    }
    return this.#simple(member, element.text, path);
  }

  /** undefined: empty and to be counted as absent. */
  #simple(member: Member, text: string, path: string): Read {
    const type = typeOf(this.#schema, member) as SimpleType;
    const given = text === '' && member.fallback !== undefined ? member.fallback : text;
    const mayBeEmpty = !type.values && (type.builtIn === 'string' || type.builtIn === 'anyType');
    if (given.trim() === '' && !mayBeEmpty) return undefined;
    const read = readSimple(type, given);
    if ('value' in read) return read.value;
    this.#invalid.add(path, read.problem);
    return WRONG;
  }

  #set(values: Record<string, WireValue>, member: Member, value: Read, wrong: Set<string>): void {
    if (value === undefined) return;
    if (value === WRONG) wrong.add(member.name);
    else if (!member.many) values[member.name] = value;
    else if (member.inChoice) ((values['$choice'] ??= []) as WireValue[]).push({ [member.name]: value });
    else ((values[member.name] ??= []) as WireValue[]).push(value);
  }

  /** Fills in defaults of what is required and absent, and reports the rest of it. */
  #complete(type: ComplexType, path: string, values: Record<string, WireValue>, wrong: Set<string>): void {
    for (const member of [...type.attributes.values(), ...type.elements.values()]) {
      if (!member.required || member.name in values || wrong.has(member.name)) continue;
      if (member.fallback !== undefined) {
        this.#set(values, member, this.#simple(member, member.fallback, path), wrong);
      } else if (!this.#options.mayBeMissing.has(`${type.name}/${member.name}`)) {
        const mark = type.attributes.has(member.name) ? '@' : '';
        this.#invalid.add(`${path}/${mark}${member.name}`, soapProblems.of('soap/missing'));
      }
    }
  }

  /** Of an element whose type cannot be told: what is not for one of its possible types to judge. */
  #withoutType(declared: ComplexType, element: XmlElement, path: string): WireObject {
    const possible = derivedNames(declared);
    const attributes = element.attributes.filter(({ local }) => !possible.has(local));
    const children = element.children.filter(({ local }) => !possible.has(local));
    const base = { ...declared, derived: [] };
    return this.complex(base, { ...element, attributes, children }, path);
  }

  /**
   * xsi:type by local name (its prefix may be bound wrongly), else what only one derived type has, else the declared
   * type itself. Undefined: none of these fits.
   */
  #actualType(declared: ComplexType, element: XmlElement): ComplexType | undefined {
    if (declared.derived.length === 0) return declared;
    const named = [declared, ...declared.derived].find(({ name }) => name === element.type?.local);
    if (named) return named;
    const names = new Set([...element.attributes, ...element.children].map(({ local }) => local));
    const inferred = declared.derived.filter((type) =>
      [...ownNames(type, declared)].some((n) => names.has(n)),
    );
    if (inferred.length === 1) return inferred[0] ?? declared;
    const isDerived = [...derivedNames(declared)].some((name) => names.has(name));
    return element.type || isDerived ? undefined : declared;
  }

  #ours(namespace: string): boolean {
    return namespace === '' || namespace === this.#schema.namespace;
  }
}

/** What cannot be read and was reported: it is left out, and not reported as missing too. */
const WRONG = Symbol('wrong');

type Read = WireValue | typeof WRONG | undefined;

const isNil = (element: XmlElement): boolean =>
  ['true', '1'].includes(attribute(element, 'nil', XSI)?.trim() ?? '');

const namesOf = ({ attributes, elements }: ComplexType): string[] => [
  ...attributes.keys(),
  ...elements.keys(),
];

/** Names that types derived from `base` have, and `base` has not. */
function derivedNames(base: ComplexType): Set<string> {
  const names = new Set(base.derived.flatMap(namesOf));
  for (const name of namesOf(base)) names.delete(name);
  return names;
}

/** Names of `type` that no other type derived from `base` has: one of them tells which type is meant. */
function ownNames(type: ComplexType, base: ComplexType): Set<string> {
  const names = new Set(namesOf(type));
  for (const other of [base, ...base.derived]) {
    if (other !== type) for (const name of namesOf(other)) names.delete(name);
  }
  return names;
}
