import { readFileSync } from 'node:fs';
import { readSchema, type Schema } from './schema.ts';
import { attribute, parseXml, type XmlElement } from './xml-tree.ts';
import { escapeAttribute } from './xml-text.ts';

const WSDL = 'http://schemas.xmlsoap.org/wsdl/';

export interface WsdlOperation {
  readonly name: string;
  /** Global element of the request, which names the operation on the wire (soapAction is empty). */
  readonly input: string;
  /** Absent: the reply's Body is empty. */
  readonly output?: string;
}

export interface Wsdl {
  readonly schema: Schema;
  /** By the request's element. */
  readonly operations: ReadonlyMap<string, WsdlOperation>;
  /** The file as it is, with `address` as the endpoint (clients take the endpoint from there). */
  text(address: string): string;
}

const kids = (parent: XmlElement | undefined, name: string): XmlElement[] =>
  (parent?.children ?? []).filter((child) => child.local === name);

const localName = (qname = ''): string => qname.slice(qname.indexOf(':') + 1);

/** Element of the one part of a message, if it has one. */
function messageElement(definitions: XmlElement, direction: XmlElement | undefined): string | undefined {
  const name = localName(direction && attribute(direction, 'message'));
  const message = kids(definitions, 'message').find((candidate) => attribute(candidate, 'name') === name);
  const [part] = kids(message, 'part');
  return part && localName(attribute(part, 'element'));
}

/** Loads a WSDL 1.1 file of ours: document/literal, one inline schema. Reads the disk once, at start. */
export function loadWsdl(file: string): Wsdl {
  const source = readFileSync(file, 'utf8');
  const definitions = parseXml(source);
  const [schema] = kids(kids(definitions, 'types')[0], 'schema');
  const [portType] = kids(definitions, 'portType');
  if (!schema || definitions.namespace !== WSDL) throw new Error(`${file} is no WSDL with a schema`);

  const operations = new Map<string, WsdlOperation>();
  for (const operation of kids(portType, 'operation')) {
    const name = attribute(operation, 'name');
    const input = messageElement(definitions, kids(operation, 'input')[0]);
    const output = messageElement(definitions, kids(operation, 'output')[0]);
    if (!name || !input) throw new Error(`${file} has an operation without name or input`);
    operations.set(input, { name, input, ...(output !== undefined && { output }) });
  }
  return {
    schema: readSchema(schema),
    operations,
    text: (address) =>
      source.replace(
        /(<soap:address\s+location=")[^"]*"/,
        (_, start: string) => `${start}${escapeAttribute(address)}"`,
      ),
  };
}
