/** METHODS_FILE with a name more in it. What stands there is not changed. */
import type { Line, MethodsFile, ProviderLine } from '@segl/identity/methods-file';
import { builtIn } from '@segl/identity/methods/index';
import { misused } from './misused.ts';
import { cliProblems } from './problems.ts';

/** A name, and the provider that answers for it: one that stands there, or a new one. */
export interface NewMethod {
  readonly name: string;
  readonly provider: string;
  readonly module?: string;
  readonly profile?: string;
  /** `field=value` of a new provider. */
  readonly set?: readonly string[];
  readonly eid?: string;
  readonly title?: string;
  readonly assurance?: string;
  readonly use?: readonly string[];
}

/** `file`: what it is called. Throws BAD_REQUEST for a name or a provider that stands there already. */
export function withMethod({ providers, methods }: MethodsFile, file: string, added: NewMethod): MethodsFile {
  const { name, provider, module, profile, set, eid, title, assurance, use } = added;
  if (methods.some((line) => line.name === name))
    throw misused(cliProblems.of('method/name-there', { name, file }));
  const isThere = Object.hasOwn(providers, provider);
  if (isThere && (module ?? profile ?? set) !== undefined)
    throw misused(cliProblems.of('method/provider-there', { provider, file }));
  const line: Line = {
    ...{ name, provider },
    ...(eid !== undefined && { eid }),
    ...(title !== undefined && { title }),
    ...(assurance !== undefined && { assurance }),
    ...(use && { uses: use }),
  };
  return {
    providers: isThere ? providers : { ...providers, [provider]: newProvider(added) },
    methods: [...methods, line],
  };
}

function newProvider({ module, profile, set = [] }: NewMethod): ProviderLine {
  const kinds = builtIn.flatMap(({ id, providers }) =>
    Object.keys(providers?.profiles ?? {}).map((kind) => ({ id, kind })),
  );
  const chosen = module ?? kinds.find(({ kind }) => kind === profile)?.id;
  if (chosen === undefined)
    throw misused(cliProblems.of('method/profile-needed', { allowed: kinds.map(({ kind }) => kind) }));
  const fields = set.map((text): [string, string] => {
    const [name = '', ...value] = text.split('=');
    if (name === '' || value.length === 0) throw misused(cliProblems.of('method/field', { text }));
    return [name, value.join('=')];
  });
  return { module: chosen, ...(profile !== undefined && { profile }), ...Object.fromEntries(fields) };
}
