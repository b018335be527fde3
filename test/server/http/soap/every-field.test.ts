/** Every element and attribute that an order can have, made up from the schema: kept, and said again by getRequest. */
import t from 'tap';
import { typeOf, type ComplexType, type Member, type Schema } from '@segl/server/http/soap/schema';
import { loadWsdl } from '@segl/server/http/soap/wsdl';
import { parseXml, XSI, type XmlElement } from '@segl/server/http/soap/xml-tree';
import { projectFile } from '@segl/server/paths';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import { documentService, operation, texts, V2, V3 } from '../../../support/server/soap-call.ts';

/** Values by built-in type; texts and numbers are told apart by a counter. */
class Sample {
  #count = 0;

  readonly schema: Schema;

  constructor(schema: Schema) {
    this.schema = schema;
  }

  #value(member: Member): string {
    const type = typeOf(this.schema, member);
    const number = ++this.#count;
    if (type.kind === 'complex' || type.builtIn === 'string')
      return (
        (type.kind === 'simple' && type.values?.[number % type.values.length]) || `${member.name} ${number}`
      );
    if (type.builtIn === 'boolean') return String(number % 2 === 0);
    if (type.builtIn === 'int' || type.builtIn === 'integer') return String(number);
    if (type.builtIn === 'dateTime') return `2026-05-04T09:00:${10 + (number % 50)}+02:00`;
    return Buffer.from(`${member.name} ${number}`).toString('base64');
  }

  element(name: string, type: ComplexType, declared = type): string {
    const attributes = [...type.attributes.values()].map(
      (member) => ` ${member.name}="${this.#value(member)}"`,
    );
    const derived =
      type === declared
        ? ''
        : ` xmlns:xsi="${XSI}" xmlns:tns="${this.schema.namespace}" xsi:type="tns:${type.name}"`;
    const content = type.text ? `${name} ${++this.#count}` : '';
    const children = [...type.elements.values()].map((member) => this.#child(member)).join('');
    return `<${name}${derived}${attributes.join('')}>${content}${children}</${name}>`;
  }

  /** A list twice; where types are derived, once in each of them. */
  #child(member: Member): string {
    const type = typeOf(this.schema, member);
    const one = (): string =>
      type.kind === 'simple'
        ? `<${member.name}>${this.#value(member)}</${member.name}>`
        : [type, ...type.derived].map((actual) => this.element(member.name, actual, type)).at(-1)!;
    if (!member.many) return one();
    if (type.kind === 'complex' && type.derived.length > 0)
      return [type, ...type.derived].map((actual) => this.element(member.name, actual, type)).join('');
    return one() + one();
  }
}

/** An element as lines, each with its whole path, so that a difference shows where it is. */
function lines(element: XmlElement, path = element.local): string[] {
  const counts = new Map<string, number>();
  const type = element.type ? [`${path} is a ${element.type.local}`] : [];
  const attributes = element.attributes
    .filter(({ namespace }) => namespace === '')
    .map(({ local, value }) => `${path}/@${local} = ${value}`);
  const children = element.children.flatMap((child) => {
    const number = (counts.get(child.local) ?? 0) + 1;
    counts.set(child.local, number);
    return lines(child, `${path}/${child.local}[${number}]`);
  });
  const text = element.children.length === 0 && element.text !== '' ? [`${path} = ${element.text}`] : [];
  return [...type, ...attributes, ...text, ...children];
}

function find(element: XmlElement, name: string): XmlElement | undefined {
  return element.local === name
    ? element
    : element.children.reduce<XmlElement | undefined>(
        (found, child) => found ?? find(child, name),
        undefined,
      );
}

for (const [version, namespace] of [
  [2, V2],
  [3, V3],
] as const) {
  t.test(`v${version}: whatever the schema allows in an order is said again`, async (t) => {
    const file = `documentservice-v${version}.wsdl`;
    const { schema } = loadWsdl(projectFile('wsdl', file));
    const validator = schemaOf(file);
    t.teardown(() => validator.dispose());
    const { call } = documentService(version);
    const request = new Sample(schema).element('request', schema.types.get('request') as ComplexType);
    const sent = operation('create-request-request', request, namespace);
    t.equal(replyErrors(validator, sent), '', 'the sample itself is valid');
    const made = await call(sent);
    t.equal(made.status, 200, made.body);
    const [requestId = ''] = texts(made.body, 'request-id');
    const asked = operation('get-request-request', `<request-id>${requestId}</request-id>`, namespace);
    const { body } = await call(asked);
    t.equal(replyErrors(validator, body), '');

    // the bytes of a document are fetched from its address, not said again
    const expected = lines(find(parseXml(sent), 'request')!).filter((line) => !/\/data\[1\] = /.test(line));
    t.ok(expected.length > 150, `${expected.length} values`);
    t.strictSame(lines(find(parseXml(body), 'request')!).sort(), expected.sort());
  });
}
