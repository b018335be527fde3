import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { loadWsdl } from '@segl/server/http/soap/wsdl';
import { attribute, parseXml, type XmlElement } from '@segl/server/http/soap/xml-tree';
import { projectFile } from '@segl/server/paths';
import { schemaOf } from '../../../support/server/reply-schema.ts';
import { run, tool } from '../../../support/tools.ts';
import { vector } from '../../../support/signatures/vectors.ts';

const files = readdirSync(projectFile('wsdl')).sort();
const load = (name: string): ReturnType<typeof loadWsdl> => loadWsdl(projectFile('wsdl', name));
const parse = (path: string): XmlElement => parseXml(readFileSync(path, 'utf8'));
const ours = projectFile('wsdl', 'documentservice-v3.wsdl');

interface Node {
  readonly name: string;
  readonly attributes: string;
  readonly children: readonly Node[];
}

/** Attributes that say what holds without them, and what is each installation's own. */
const immaterial = ['mixed=false', 'style=document'];

/** Names and attributes. */
function normal(element: XmlElement): Node {
  const attributes = element.attributes
    .map(({ local, value }) => `${local}=${value}`)
    .filter((attribute) => !immaterial.includes(attribute))
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

t.test(
  'the WSDLs are the published ones, element by element, v3 with the changes of revision C',
  async (t) => {
    for (const name of [
      'documentservice-v2',
      'documentservice-v3',
      'packagingservice-v2',
      'packagingservice-v4',
    ]) {
      const published = vector(t, 'wsdl', `${name}.wsdl`);
      if (!published) continue;
      const expected = normal(parse(published));
      t.strictSame(
        sorted(normal(parse(projectFile('wsdl', `${name}.wsdl`)))),
        sorted(name === 'documentservice-v3' ? revisionC(expected) : expected),
        name,
      );
    }
  },
);

t.test('packaging v1 is v2, and v3 is v4 without the archive', async (t) => {
  const text = (version: number): string =>
    readFileSync(projectFile('wsdl', `packagingservice-v${version}.wsdl`), 'utf8')
      .replaceAll(/Packaging-v\d/g, '')
      .replaceAll(/packagingservice-v\d/g, '');
  t.equal(text(1), text(2));
  t.equal(text(3), text(4).replace(/ *<xs:element name="send-result-to-archive".*\n/, ''));
});

t.test('xmllint accepts the files and libxml2 compiles their schemas', async (t) => {
  const xmllint = tool(t, 'xmllint');
  for (const name of files) {
    if (xmllint) t.strictSame(run(xmllint, ['--noout', projectFile('wsdl', name)]), { code: 0, output: '' });
    schemaOf(name).dispose();
  }
});

t.test('each file is of the service and version that its name says', async (t) => {
  t.same(
    files.map((name) => `${name} ${load(name).schema.namespace.split('/').at(-1) ?? ''}`),
    [
      'archiveservice-v3.wsdl Archive-v3',
      'documentservice-v2.wsdl Document-v2',
      'documentservice-v3.wsdl Document-v3',
      'packagingservice-v1.wsdl Packaging-v1',
      'packagingservice-v2.wsdl Packaging-v2',
      'packagingservice-v3.wsdl Packaging-v3',
      'packagingservice-v4.wsdl Packaging-v4',
      'sealingservice-v1.wsdl Sealing-v1',
    ],
  );
  t.same(
    files.map((name) => load(name).operations.size),
    [2, 14, 16, 1, 1, 1, 1, 1],
  );
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
