/** docs/reference/methods.md, from the methods that a configuration without settings offers. */
import { builtIn } from '@segl/identity/methods/index';
import { settings } from '@segl/server/config/config';
import { readPackagingMethods } from '@segl/server/domain/order/packaging-methods';
import { code, page, table } from './markdown.ts';

export const methodsPage = (): string =>
  page(
    'Methods',
    '## Packaging methods',
    'What `packaging-task/@method` and `createPackage` may name, unless `PACKAGING_METHODS` says otherwise.' +
      ' [Formats and levels](../standards/evidence.md) tells what each of them holds.',
    table(
      ['Method', 'Makes', 'Signature page'],
      [...readPackagingMethods(settings.packagingMethods.fallback.split(','))].map(([name, method]) => [
        code(name),
        `${method.format}-B-${method.level}`,
        method.format === 'PAdES' ? code(method.template) : '',
      ]),
    ),
    '## Ways to sign and to log in',
    'What a task names in `signature`, `authentication-based-signature` and `authentication`, unless `METHODS_FILE` says' +
      ' otherwise: [ways to sign](../guide/witnessed-signatures.md), [identity methods](../guide/methods.md).',
    table(
      ['Name', 'For', 'Method', 'Assurance'],
      builtIn.flatMap(({ id, names }) =>
        names.map(({ name, uses, title, assurance }) => [
          code(name),
          uses.map((use) => (use === 'sign' ? 'signing' : 'logging in')).join(', '),
          `${title} (module ${code(id)})`,
          assurance,
        ]),
      ),
    ),
    'Handwriting needs no name: an empty method with `handwritten="true"`.',
  );
