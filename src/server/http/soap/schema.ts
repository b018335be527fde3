/**
 * The part of XML Schema that the contract's WSDLs use, as plain data: sequences (and the choice in packaging) of named
 * elements, attributes, extension, enumerations. Reading and writing are driven by it (`decode.ts`, `encode.ts`), so
 * that order, cardinality and value types are stated once, in the WSDL.
 */
import { attribute, type XmlElement } from './xml-tree.ts';

const XS = 'http://www.w3.org/2001/XMLSchema';

const builtIns = ['string', 'boolean', 'int', 'integer', 'dateTime', 'base64Binary', 'anyType'] as const;
export type BuiltIn = (typeof builtIns)[number];

export interface SimpleType {
  readonly kind: 'simple';
  readonly builtIn: BuiltIn;
  /** Enumeration; absent: any. */
  readonly values?: readonly string[];
}

export interface Member {
  readonly name: string;
  /** Key of `Schema.types`. */
  readonly type: string;
  readonly required: boolean;
  /** maxOccurs="unbounded": a list in the wire object. */
  readonly many: boolean;
  /** In a repeated choice: kept in the order of the document, across names. */
  readonly inChoice: boolean;
  readonly fallback?: string;
}

export interface ComplexType {
  readonly kind: 'complex';
  readonly name: string;
  /** In schema order, inherited ones first. */
  readonly elements: ReadonlyMap<string, Member>;
  readonly attributes: ReadonlyMap<string, Member>;
  /** Simple content: the type of the element's own text. */
  readonly text?: SimpleType;
  readonly base?: string;
  /** Types that extend this one, directly or not. */
  readonly derived: readonly ComplexType[];
}

export interface Schema {
  readonly namespace: string;
  /** Global elements by name. */
  readonly elements: ReadonlyMap<string, ComplexType>;
  /** Named types by name; built-in types as `xs:string` and so on. */
  readonly types: ReadonlyMap<string, SimpleType | ComplexType>;
}

/** The type of a member. */
export function typeOf(schema: Schema, member: Member): SimpleType | ComplexType {
  const type = schema.types.get(member.type);
  if (!type) throw new Error(`The schema refers to ${member.type}, which it does not have`);
  return type;
}

const kids = (parent: XmlElement | undefined, ...names: string[]): XmlElement[] =>
  (parent?.children ?? []).filter((child) => child.namespace === XS && names.includes(child.local));

const nameOf = (element: XmlElement): string => {
  const name = attribute(element, 'name');
  if (!name) throw new Error(`The schema has a nameless ${element.local}`);
  return name;
};

/** `xs:string` stays, `tns:task` becomes `task`: the WSDLs bind these two prefixes and no others to types. */
const typeKey = (qname: string | undefined): string => (qname ?? 'xs:string').replace(/^tns:/, '');

function elementMember(element: XmlElement, inChoice: boolean): Member {
  const fallback = attribute(element, 'default');
  return {
    name: nameOf(element),
    type: typeKey(attribute(element, 'type')),
    required: !inChoice && attribute(element, 'minOccurs') !== '0',
    many: inChoice || attribute(element, 'maxOccurs') === 'unbounded',
    inChoice,
    ...(fallback !== undefined && { fallback }),
  };
}

function attributeMember(element: XmlElement): Member {
  return {
    name: nameOf(element),
    type: typeKey(attribute(element, 'type')),
    required: attribute(element, 'use') === 'required',
    many: false,
    inChoice: false,
  };
}

function sequenceMembers(content: XmlElement): Member[] {
  return kids(content, 'sequence').flatMap((sequence) =>
    kids(sequence, 'element', 'choice').flatMap((particle) =>
      particle.local === 'element'
        ? [elementMember(particle, false)]
        : kids(particle, 'element').map((element) => elementMember(element, true)),
    ),
  );
}

const byName = (members: readonly Member[]): ReadonlyMap<string, Member> =>
  new Map(members.map((member) => [member.name, member]));

/** A complex type that is being put together; `derived` is filled when all types are known. */
type Draft = ComplexType & { readonly derived: ComplexType[] };

function readComplexType(name: string, element: XmlElement): Draft {
  const [wrapper] = kids(element, 'complexContent', 'simpleContent');
  const [extension] = kids(wrapper, 'extension');
  const content = extension ?? element;
  const base = extension && typeKey(attribute(extension, 'base'));
  return {
    kind: 'complex',
    name,
    elements: byName(sequenceMembers(content)),
    attributes: byName(kids(content, 'attribute').map(attributeMember)),
    derived: [],
    ...(wrapper?.local === 'simpleContent'
      ? { text: { kind: 'simple', builtIn: 'string' } }
      : base && { base }),
  };
}

function readSimpleType(element: XmlElement): SimpleType {
  const [restriction] = kids(element, 'restriction');
  const values = kids(restriction, 'enumeration').map((value) => attribute(value, 'value') ?? '');
  return { kind: 'simple', builtIn: 'string', values };
}

/** A derived type with what it inherits: XML Schema puts the base type's elements first. */
function flatten(type: Draft, drafts: ReadonlyMap<string, Draft>): Draft {
  const base = type.base === undefined ? undefined : drafts.get(type.base);
  if (!base) return type;
  const { elements, attributes } = flatten(base, drafts);
  return {
    ...type,
    elements: new Map([...elements, ...type.elements]),
    attributes: new Map([...attributes, ...type.attributes]),
  };
}

/** Reads an xs:schema element. Throws on what it does not know: our own files are wrong then. */
export function readSchema(schema: XmlElement): Schema {
  const drafts = new Map(
    kids(schema, 'complexType').map((element) => [
      nameOf(element),
      readComplexType(nameOf(element), element),
    ]),
  );
  const complex = new Map([...drafts].map(([name, draft]) => [name, flatten(draft, drafts)]));
  for (const type of complex.values()) {
    for (let base = type.base; base !== undefined; base = complex.get(base)?.base) {
      complex.get(base)?.derived.push(type);
    }
  }
  const result: Schema = {
    namespace: attribute(schema, 'targetNamespace') ?? '',
    types: new Map<string, SimpleType | ComplexType>([
      ...builtIns.map((builtIn) => [`xs:${builtIn}`, { kind: 'simple', builtIn }] as const),
      ...kids(schema, 'simpleType').map((element) => [nameOf(element), readSimpleType(element)] as const),
      ...complex,
    ]),
    elements: new Map(
      kids(schema, 'element').map((element) => {
        const [type] = kids(element, 'complexType');
        if (!type) throw new Error(`The element ${nameOf(element)} has no complex type of its own`);
        return [nameOf(element), readComplexType(nameOf(element), type)];
      }),
    ),
  };
  checkMembers(result);
  return result;
}

/** Wire objects keep elements and attributes in one space of names; this finds out at start if a schema does not allow it. */
function checkMembers(schema: Schema): void {
  for (const type of [...schema.elements.values(), ...schema.types.values()]) {
    if (type.kind === 'simple') continue;
    for (const member of [...type.elements.values(), ...type.attributes.values()]) typeOf(schema, member);
    const clash = [...type.attributes.keys()].find((name) => type.elements.has(name));
    if (clash) throw new Error(`${type.name} has both an element and an attribute ${clash}`);
  }
}
