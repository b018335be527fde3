/** METHODS_FILE as it is written: names, and the providers that answer for them. What it means is said in `catalogue.ts`. */
import type { SeglError } from '@segl/problem/errors';
import { isProblem, type Problem } from '@segl/problem/problem';
import { isChain, MOST_LINKS } from './chain.ts';
import type { FieldsTable } from './settings.ts';
import { missingField, readFields } from './settings.ts';
import type { Provider, ProviderKinds } from './method.ts';
import { identityProblems } from './problems.ts';

/** One name. `off`: a name that comes along and is not on offer here. */
export interface Line {
  readonly name: string;
  readonly off?: boolean;
  readonly use?: string;
  readonly uses?: readonly string[];
  readonly module?: string;
  /** Key of `providers`. */
  readonly provider?: string;
  readonly eid?: string;
  readonly title?: string;
  readonly titles?: Readonly<Record<string, string>>;
  readonly assurance?: string;
  readonly attributes?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  /** Names that sign, of which the signer uses all, in this order. */
  readonly chain?: readonly string[];
  /** What `options` was called before. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** One provider: its module, the kind of provider that it is to the module, and what the module's fields say. */
export type ProviderLine = Readonly<Record<string, unknown>> & {
  readonly module: string;
  readonly profile?: string;
};

export interface MethodsFile {
  readonly providers: Readonly<Record<string, ProviderLine>>;
  readonly methods: readonly Line[];
}

export const misconfigured = (...problems: Problem[]): SeglError =>
  identityProblems.error('CONFIG_INVALID', { problems });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isLine = (value: unknown): value is Line => isObject(value) && isText(value['name']);

const isProviderLine = (value: unknown): value is ProviderLine =>
  isObject(value) && isText(value['module']) && ['string', 'undefined'].includes(typeof value['profile']);

/** A list of names, or an object of providers and names. Throws CONFIG_INVALID. */
export function readMethodsFile(json: string): MethodsFile {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw misconfigured(identityProblems.of('methods-file/no-json'));
  }
  const { providers = {}, methods = [], ...others } = isObject(read) ? read : { methods: read };
  if (!Array.isArray(methods) || !methods.every(isLine) || Object.keys(others).length > 0)
    throw misconfigured(identityProblems.of('methods-file/no-list'));
  if (!isObject(providers) || !Object.values(providers).every(isProviderLine))
    throw misconfigured(identityProblems.of('methods-file/no-providers'));
  return { providers: providers as MethodsFile['providers'], methods };
}

/** A provider that is described, and what its module makes of the description. */
export interface DescribedProvider extends Provider {
  /** Id of the module. */
  readonly module: string;
  readonly kinds: ProviderKinds;
  /** What must be set before it can be used. */
  readonly missing: readonly Problem[];
}

const CHAIN_HAS_NONE = [
  'use',
  'module',
  'provider',
  'eid',
  'assurance',
  'attributes',
  'options',
  'settings',
] as const;

/** Refuses a chain that is none, or has what only its links have. Throws CONFIG_INVALID. */
export function requireChain(line: Line): void {
  const { name, chain, uses = ['sign'] } = line;
  if (!isChain(chain))
    throw misconfigured(identityProblems.of('methods-file/chain', { name, most: MOST_LINKS }));
  if (CHAIN_HAS_NONE.some((field) => line[field] !== undefined) || uses.join() !== 'sign')
    throw misconfigured(identityProblems.of('methods-file/chain-own', { name }));
}

/** What a field is called in problems. */
export const fieldOf = (provider: string, name: string): string =>
  `providers.${provider}.${name} in METHODS_FILE`;

/**
 * Judges what METHODS_FILE says of a provider with the table of its module. What is missing is told in the result: the names
 * that it answers for are known and off. Anything wrong is added to `problems`.
 */
export function readProvider(
  id: string,
  { module: _, profile, ...given }: ProviderLine,
  module: { readonly id: string; readonly providers?: ProviderKinds | undefined },
  problems: Problem[],
): DescribedProvider | undefined {
  const kinds = module.providers;
  if (!kinds) {
    problems.push(identityProblems.of('methods-file/no-kinds', { provider: id, module: module.id }));
    return undefined;
  }
  const known = Object.keys(kinds.profiles);
  const chosen = profile ?? (known.length === 1 ? known[0]! : '');
  if (!known.includes(chosen)) {
    problems.push(
      identityProblems.of('methods-file/profile', { setting: fieldOf(id, 'profile'), allowed: known }),
    );
    return undefined;
  }
  const fields: FieldsTable = kinds.fields;
  const { values: settings, problems: wrong } = readFields(fields, given, (name) => fieldOf(id, name));
  problems.push(...wrong);
  const missing = kinds
    .required(chosen, settings)
    .filter((name) => settings[name] === undefined)
    .map((name) => missingField(fieldOf(id, name), fields[name]!));
  return { id, profile: chosen, settings, module: module.id, kinds, missing };
}

/** The settings that a name lacks, as `why` it is off tells them; none where it is not that. */
export function settingsIn({ params: { setting, missing, why } }: Problem): string[] {
  const several: readonly unknown[] = Array.isArray(missing) ? missing : [];
  const nested = [...several, why].filter(isProblem);
  return [...(typeof setting === 'string' ? [setting] : []), ...nested.flatMap(settingsIn)];
}
