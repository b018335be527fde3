/** The identity methods that come along. One that is added here, or that METHODS_FILE names, is known everywhere. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import type { MethodModule } from '../method.ts';
import nemid from './nemid/index.ts';

/** With settings of their own kinds; `MethodModule` of unknown settings is what all have in common. */
export type AnyModule = MethodModule<never>;

export const builtIn: readonly AnyModule[] = [nemid];

/** A module by its id, or by the path of its file. Throws CONFIG_INVALID. */
export async function loadModule(reference: string): Promise<AnyModule> {
  const known = builtIn.find(({ id }) => id === reference);
  if (known) return known;
  const misconfigured = (why: string, cause?: unknown): SeglError => {
    const problems = `  METHODS_FILE: the module "${reference}" ${why}`;
    return generalProblems.error('CONFIG_INVALID', { problems }, { cause });
  };
  if (!isAbsolute(reference)) {
    const names = builtIn.map(({ id }) => id).join(', ');
    throw misconfigured(`is unknown; there are ${names}, or the path of a file`);
  }
  const loaded = (await import(pathToFileURL(reference).href).catch((error: unknown) => {
    throw misconfigured('cannot be loaded', error);
  })) as { readonly default?: AnyModule };
  if (typeof loaded.default?.id !== 'string') throw misconfigured('has no method in it');
  return loaded.default;
}
