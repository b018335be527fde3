import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { loadWsdl } from '../../src/contract/wsdl.ts';
import { attribute, parseXml, type XmlElement } from '../../src/contract/xml-tree.ts';
import { projectFile } from '../../src/paths.ts';
import { schemaOf } from '../support/reply-schema.ts';
import { run, tool } from '../support/tools.ts';

const ours = projectFile('wsdl', 'documentservice-v3.wsdl');
const published = projectFile('..', 'shared', 'vectors', 'wsdl', 'documentservice-v3.wsdl');

interface Node {
  readonly name: string;
  readonly attributes: string;
  readonly children: readonly Node[];
}

/** Names and attributes; the address is each installation's own. */
function normal(element: XmlElement): Node {
  const attributes = element.attributes
    .map(({ local, value }) => `${local}=${value}`)
    .sort()
    .join(' ');
  return {
    name: element.local,
    attributes: element.local === 'address' ? '' : attributes,
    children: element.children.map(normal),
  };
}

/** The order of messages, types and global elements means nothing; inside them it does. */
function sorted(node: Node): Node {
  const free = ['definitions', 'types', 'schema'].includes(node.name);
  const key = ({ name, attributes }: Node): string => `${name} ${attributes}`;
  const children = node.children.map(sorted);
  return { ...node, children: free ? children.sort((a, b) => (key(a) < key(b) ? -1 : 1)) : children };
}

/** The differences of schema revision C to A. */
function revisionC(node: Node): Node {
  const children = node.children.map(revisionC);
  const enumeration = (value: string): Node => ({
    name: 'enumeration',
    attributes: `value=${value}`,
    children: [],
  });
  const add = (parent: Node, ...added: Node[]): Node => ({
    ...parent,
    children: [...parent.children, ...added],
  });
  const [first] = children;
  if (node.attributes === 'name=task-status' && first) {
    return { ...node, children: [add(first, enumeration('failed'))] };
  }
  if (node.attributes === 'name=event-type' && first) {
    const states = ['created', 'completed', 'failed'];
    return { ...node, children: [add(first, ...states.map((s) => enumeration(`packaging-task-${s}`)))] };
  }
  if (node.name === 'complexType' && node.attributes === 'name=task' && first) {
    const at = first.children.findIndex(({ attributes }) => attributes.includes('name=configuration'));
    const signText = {
      name: 'element',
      attributes: 'minOccurs=0 name=sign-text type=xs:string',
      children: [],
    };
    return {
      ...node,
      children: [{ ...first, children: first.children.toSpliced(at + 1, 0, signText) }, ...children.slice(1)],
    };
  }
  return { ...node, children };
}

t.test('the WSDL is the published one, element by element, with the changes of revision C', async (t) => {
  if (!existsSync(published)) return t.pass('', { skip: 'the published WSDL is not here' });
  const expected = revisionC(normal(parseXml(readFileSync(published, 'utf8'))));
  t.strictSame(sorted(normal(parseXml(readFileSync(ours, 'utf8')))), sorted(expected));
});

t.test('xmllint accepts the file and libxml2 compiles its schema', async (t) => {
  const xmllint = tool(t, 'xmllint');
  if (!xmllint) return;
  t.equal(run(xmllint, ['--noout', ours]).code, 0);
  const validator = schemaOf('documentservice-v3.wsdl');
  t.ok(validator);
  validator.dispose();
});

t.test('all 16 operations are read, four of them with an empty reply', async (t) => {
  const { operations, schema } = loadWsdl(ours);
  t.equal(operations.size, 16);
  t.strictSame(operations.get('create-request-request'), {
    name: 'createRequest',
    input: 'create-request-request',
    output: 'create-request-response',
  });
  const silent = [...operations.values()]
    .filter(({ output }) => output === undefined)
    .map(({ name }) => name);
  t.same(silent.sort(), ['addNotification', 'disableNotification', 'disableTask', 'setClientStatus']);
  t.equal(schema.namespace, 'https://id.signicat.com/definitions/wsdl/Document-v3');
});

t.test('a derived type has the inherited elements first', async (t) => {
  const type = loadWsdl(ours).schema.types.get('provided-document');
  if (type?.kind !== 'complex') return t.fail('no complex type');
  t.same([...type.elements.keys()], ['external-reference', 'form', 'sign-text-entry', 'data', 'description']);
  t.same([...type.attributes.keys()], ['id', 'mime-type', 'send-to-archive']);
});

t.test('the address is put in, escaped, and nothing else changes', async (t) => {
  const wsdl = loadWsdl(ours);
  const text = wsdl.text('https://sign.example.com/ws/documentservice-v3?a=1&b="$&"');
  const find = (element: XmlElement): XmlElement | undefined =>
    element.local === 'address' ? element : element.children.map(find).find(Boolean);
  const address = find(parseXml(text));
  t.equal(
    address && attribute(address, 'location'),
    'https://sign.example.com/ws/documentservice-v3?a=1&b="$&"',
  );
  t.equal(text.split('\n').length, readFileSync(ours, 'utf8').split('\n').length);
});
