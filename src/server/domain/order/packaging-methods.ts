/** What a packaging method makes: a format, a level of evidence, and for PDFs a template. From the configuration. */
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';

export type PackagingMethod =
  | {
      readonly format: 'PAdES';
      readonly level: 'T' | 'LT' | 'LTA';
      /** Folder under templates/pades. */
      readonly template: string;
    }
  | { readonly format: 'XAdES'; readonly level: 'T' | 'LT' | 'LTA' };

/** By the name that orders and createPackage use, in the order of the setting. */
export type PackagingMethods = ReadonlyMap<string, PackagingMethod>;

const SHAPE = /^([A-Za-z0-9._-]{1,60})=(?:PAdES-B-(T|LTA?)(?:\/([a-z0-9-]{1,40}))?|XAdES-B-(T|LTA?))$/;
const STANDARD_TEMPLATE = 'standard';

/** Reads entries `NAME=PAdES-B-LTA/TEMPLATE` or `NAME=XAdES-B-LTA`. Throws CONFIG_INVALID. */
export function readPackagingMethods(entries: readonly string[]): PackagingMethods {
  const methods = new Map<string, PackagingMethod>();
  const problems: Problem[] = [];
  for (const entry of entries) {
    const [, name = '', pdf, template = STANDARD_TEMPLATE, xml] = SHAPE.exec(entry) ?? [];
    if (name === '') {
      problems.push(serverProblems.of('setting/packaging-method', { entry }));
    } else if (methods.has(name)) {
      problems.push(serverProblems.of('setting/packaging-method-repeated', { name }));
    } else if (pdf) methods.set(name, { format: 'PAdES', level: pdf as 'T' | 'LT' | 'LTA', template });
    else methods.set(name, { format: 'XAdES', level: xml as 'T' | 'LT' | 'LTA' });
  }
  if (problems.length > 0) throw serverProblems.error('CONFIG_INVALID', { problems });
  return methods;
}

const known = new WeakMap<readonly string[], PackagingMethods>();

interface Configured {
  readonly packagingMethods: readonly string[];
}

/** The methods of a configuration, read once. Throws CONFIG_INVALID. */
export function packagingMethodsOf({ packagingMethods: entries }: Configured): PackagingMethods {
  const methods = known.get(entries) ?? readPackagingMethods(entries);
  known.set(entries, methods);
  return methods;
}

/** The method of that name. Throws PACKAGING_METHOD_UNKNOWN, CONFIG_INVALID. */
export function packagingMethodOf(config: Configured, name: string): PackagingMethod {
  const methods = packagingMethodsOf(config);
  const method = methods.get(name);
  if (method) return method;
  throw serverProblems.error('PACKAGING_METHOD_UNKNOWN', {
    method: name,
    allowed: [...methods.keys()].join(', '),
  });
}
