import t from 'tap';
import { loadConfig } from '@segl/server/config/config';
import { packagingMethodsOf, readPackagingMethods } from '@segl/server/domain/order/packaging-methods';

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
