import t from 'tap';
import { loadConfig } from '@segl/server/config/config';
import {
  packagingMethodOf,
  packagingMethodsOf,
  readPackagingMethods,
} from '@segl/server/domain/order/packaging-methods';

t.test('the default offers PAdES-B-LTA as pades', async (t) => {
  const methods = packagingMethodsOf(loadConfig({}));
  t.same(methods.get('pades'), { format: 'PAdES', level: 'LTA', template: 'standard' });
  t.same(methods.get('xades-b-lta'), { format: 'XAdES', level: 'LTA' });
});

t.test('names, levels and templates are read', async (t) => {
  const methods = readPackagingMethods(['kontrakt=PAdES-B-LT/modern', 'arkiv=XAdES-B-LTA']);
  t.same(
    [...methods],
    [
      ['kontrakt', { format: 'PAdES', level: 'LT', template: 'modern' }],
      ['arkiv', { format: 'XAdES', level: 'LTA' }],
    ],
  );
});

t.test('all that is wrong is named at once', async (t) => {
  t.throws(
    () => readPackagingMethods(['pades', 'a=PAdES-B-X', 'b=PAdES-B-T', 'b=XAdES-B-T', 'c=PAdES-B-T/../x']),
    {
      code: 'CONFIG_INVALID',
      message: /"pades"[^]*"a=PAdES-B-X"[^]*name b twice[^]*"c=/,
    },
  );
});

t.test('an entry is a name, a format with its level, and a template for PDFs', async (t) => {
  const read = (entry: string) => [...readPackagingMethods([entry])];
  const name = `A.z_0-9${'x'.repeat(53)}`;
  for (const level of ['T', 'LT', 'LTA']) {
    t.strictSame(read(`a=PAdES-B-${level}`), [['a', { format: 'PAdES', level, template: 'standard' }]]);
    t.strictSame(read(`${name}=XAdES-B-${level}`), [[name, { format: 'XAdES', level }]]);
  }
  const template = `a-9${'z'.repeat(37)}`;
  t.strictSame(read(`a=PAdES-B-T/${template}`), [['a', { format: 'PAdES', level: 'T', template }]]);
  for (const entry of [
    '',
    '=PAdES-B-T',
    `${name}x=PAdES-B-T`,
    ' a=PAdES-B-T',
    'a b=PAdES-B-T',
    'a=PAdES-B-T ',
    'a=PAdES-B-',
    'a=PAdES-B-L',
    'a=PAdES-B-LTAA',
    'a=PAdES-B-T/',
    `a=PAdES-B-T/${template}z`,
    'a=PAdES-B-T/Modern',
    'a=PAdES-B-T/x/y',
    'a=XAdES-B-T/x',
    'a=XAdES-B-L',
    'x a=XAdES-B-T',
    'a=XAdES-B-T\n',
    'a=CAdES-B-T',
    'a=pades-b-t',
  ])
    t.throws(
      () => readPackagingMethods([entry]),
      {
        code: 'CONFIG_INVALID',
        params: { problems: [{ code: 'setting/packaging-method', params: { entry } }] },
      },
      JSON.stringify(entry),
    );
  t.throws(() => readPackagingMethods(['b=PAdES-B-T', 'b=PAdES-B-T']), {
    code: 'CONFIG_INVALID',
    params: { problems: [{ code: 'setting/packaging-method-repeated', params: { name: 'b' } }] },
  });
});

t.test('the method of a name, of what is configured', async (t) => {
  const config = { packagingMethods: ['b=PAdES-B-T', 'a=XAdES-B-LT'] };
  t.strictSame(packagingMethodOf(config, 'a'), { format: 'XAdES', level: 'LT' });
  t.equal(packagingMethodsOf(config), packagingMethodsOf(config), 'read once');
  t.throws(() => packagingMethodOf(config, 'pades'), {
    code: 'PACKAGING_METHOD_UNKNOWN',
    params: { method: 'pades', allowed: 'b, a' },
  });
});
