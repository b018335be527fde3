/** The identity methods that come along. One that is added here, or that METHODS_FILE names, is known everywhere. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import type { MethodModule } from '../method.ts';
import { identityProblems } from '../problems.ts';
import nemid from './nemid/index.ts';
import oidc from './oidc/index.ts';
import otp from './otp/index.ts';
import passkey from './passkey/index.ts';

/** With settings of their own kinds; `MethodModule` of unknown settings is what all have in common. */
export type AnyModule = MethodModule<never>;

export const builtIn: readonly AnyModule[] = [nemid, oidc, otp, passkey];

/** A module by its id, or by the path of its file. Throws CONFIG_INVALID. */
export async function loadModule(reference: string): Promise<AnyModule> {
  const own = builtIn.find(({ id }) => id === reference);
  if (own) return own;
  const misconfigured = (problem: Problem, cause?: unknown): SeglError =>
    identityProblems.error('CONFIG_INVALID', { problems: [problem] }, { cause });
  if (!isAbsolute(reference)) {
    const known = builtIn.map(({ id }) => id);
    throw misconfigured(identityProblems.of('methods-file/module-unknown', { module: reference, known }));
  }
  const loaded = (await import(pathToFileURL(reference).href).catch((error: unknown) => {
    throw misconfigured(identityProblems.of('methods-file/module-unloadable', { module: reference }), error);
  })) as { readonly default?: AnyModule };
  if (typeof loaded.default?.id !== 'string')
    throw misconfigured(identityProblems.of('methods-file/module-empty', { module: reference }));
  return loaded.default;
}
