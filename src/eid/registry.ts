/** The identity methods of this installation, by the name that orders use. */
import { SeglError } from '../errors.ts';
import type { SignatureMethod } from './method.ts';

export interface MethodRegistry {
  readonly names: readonly string[];
  /** Throws METHOD_UNKNOWN. */
  get(name: string): SignatureMethod;
}

/** Collects methods; two of the same name are a mistake in the composition and throw. */
export function createMethodRegistry(methods: readonly SignatureMethod[]): MethodRegistry {
  const byName = new Map(methods.map((method) => [method.name, method]));
  if (byName.size !== methods.length) throw new TypeError('two identity methods have the same name');
  const names = [...byName.keys()];
  return {
    names,
    get(name) {
      const method = byName.get(name);
      if (!method) throw new SeglError('METHOD_UNKNOWN', { name, known: names.join(', ') });
      return method;
    },
  };
}
