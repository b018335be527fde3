import { readFileSync } from 'node:fs';
import t from 'tap';
import { typeOf, type ComplexType } from '@segl/server/http/soap/schema';
import { loadWsdl } from '@segl/server/http/soap/wsdl';
import { actionsInOrder } from '@segl/server/domain/order/documents';
import type { DocumentAction } from '@segl/server/domain/order/model';
import { signTextEntryOf } from '@segl/server/domain/signing-session/sign-text';
import { projectFile } from '@segl/server/paths';
import { task } from '../../../support/server/orders.ts';

t.test('actions come by order-index where it is given, else as listed', async (t) => {
  const action = (documentRef: string, orderIndex?: number): DocumentAction => ({
    type: 'view',
    documentRef,
    ...(orderIndex !== undefined && { orderIndex }),
  });
  const order = (...documentActions: DocumentAction[]): string =>
    actionsInOrder(task('a', undefined, { documentActions }))
      .map(({ documentRef }) => documentRef)
      .join('');
  t.equal(order(action('a'), action('b'), action('c')), 'abc');
  t.equal(order(action('a', 3), action('b', 1), action('c', 2)), 'bca');
  t.equal(order(action('a', 1), action('b', 1), action('c', -1)), 'cab', 'the same index: as listed');
  t.equal(order(action('a'), action('b'), action('c', 0)), 'acb');
});

t.test("the task's text follows that of the document", async (t) => {
  t.equal(signTextEntryOf({ signText: ' T ' }, { signTextEntry: 'D\n' }), 'D\n\nT');
  t.equal(signTextEntryOf({ signText: 'T' }, { signTextEntry: null }), 'T');
  t.equal(signTextEntryOf({}, { signTextEntry: ' ' }), '');
});

t.test('docs/reference/contract.md says of every field what it does, and where that is proved', async (t) => {
  const rows = new Map(
    [
      ...readFileSync(projectFile('docs', 'reference', 'contract.md'), 'utf8').matchAll(
        /^\| `([\w-]+\/@?[\w-]+)` +\| (.+?) +\| (.+?) +\|$/gm,
      ),
    ].map(([, field = '', what = '', test = '']) => [field, { what, test }] as const),
  );
  const { schema } = loadWsdl(projectFile('wsdl', 'documentservice-v3.wsdl'));
  const fields = new Set<string>();
  const visit = (type: ComplexType, inherited?: ComplexType): void => {
    for (const name of type.attributes.keys())
      if (!inherited?.attributes.has(name)) fields.add(`${type.name}/@${name}`);
    for (const [name, member] of type.elements) {
      if (inherited?.elements.has(name)) continue;
      const isNew = !fields.has(`${type.name}/${name}`);
      fields.add(`${type.name}/${name}`);
      const of = typeOf(schema, member);
      if (isNew && of.kind === 'complex') visit(of);
    }
    for (const derived of type.derived) visit(derived, type);
  };
  visit(schema.types.get('request') as ComplexType);
  t.ok(fields.size > 90, `${fields.size} fields`);
  t.same(
    [...fields].filter((field) => !rows.has(field)),
    [],
    'fields without a row',
  );
  t.same(
    [...rows.keys()].filter((field) => !fields.has(field)),
    [],
    'rows without a field',
  );
  for (const [field, { test }] of rows) {
    const [, file = '', name = ''] = /^([\w/-]+): (.*)$/.exec(test) ?? [];
    const source = readFileSync(projectFile('test', `${file}.test.ts`), 'utf8');
    t.ok(source.includes(name), `${field}: ${file} has "${name}"`);
  }
});
