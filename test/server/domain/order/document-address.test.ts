/** Addresses under /doc: what is written is read as the same, and nothing else is read. */
import t from 'tap';
import {
  documentUri,
  parseDocumentTarget,
  type DocumentAddress,
} from '@segl/server/domain/order/document-address';

const ordered = {
  kind: 'order',
  service: 'demo',
  requestId: 'r/1',
  taskId: 'a b',
  documentId: 'd?',
} as const;
const addresses: readonly [DocumentAddress, string][] = [
  [{ kind: 'sds', service: 'demo', id: 'x1' }, '/doc/demo/sds/x1'],
  [{ kind: 'archive', service: 'a/s', id: 'å' }, '/doc/a%2Fs/archive/%C3%A5'],
  [{ ...ordered, which: 'original' }, '/doc/demo/order/r%2F1/a%20b/d%3F/original'],
  [{ ...ordered, which: 'generated' }, '/doc/demo/order/r%2F1/a%20b/d%3F/generated'],
  [{ ...ordered, which: 'sdo' }, '/doc/demo/order/r%2F1/a%20b/d%3F/sdo'],
];

t.test('what is written is read as the same, whatever is asked besides', (t) => {
  for (const [address, target] of addresses) {
    t.equal(documentUri('https://sign.example', address), `https://sign.example${target}`);
    t.strictSame(parseDocumentTarget(target), address);
    t.strictSame(parseDocumentTarget(`${target}?x=/y?z`), address);
  }
  t.end();
});

t.test('an upload has no id yet, in each of the three ways that clients say so', (t) => {
  for (const end of ['', '/', "/'", '/%27'])
    t.strictSame(parseDocumentTarget(`/doc/demo/sds${end}`), { kind: 'upload', service: 'demo' }, end);
  t.strictSame(parseDocumentTarget("/doc/demo/sds/''"), { kind: 'sds', service: 'demo', id: "''" });
  t.end();
});

t.test('nothing else is an address', (t) => {
  for (const target of [
    '',
    '/',
    '/doc',
    '/doc/',
    '/doc//sds/x',
    '/doc/demo',
    '/dok/demo/sds/x',
    '/x/doc/demo/sds/x',
    'doc/demo/sds/x',
    '/doc/demo/SDS/x',
    '/doc/demo/sds/x/y',
    '/doc/demo/sds//',
    '/doc/demo/archive',
    '/doc/demo/archive/',
    '/doc/demo/archive/x/',
    '/doc/demo/other/x',
    '/doc/demo/other/r/t/d/sdo',
    '/doc/demo/order/r/t/d',
    '/doc/demo/order/r/t/d/sdo/',
    '/doc/demo/order/r/t/d/',
    '/doc/demo/order/r/t/d/result',
    '/doc/demo/sds/%',
    '/doc/demo/sds/%C3',
    '/doc/demo/sds/a%00b',
    '/doc/d%00/sds/x',
  ])
    t.equal(parseDocumentTarget(target), undefined, JSON.stringify(target));
  t.end();
});
