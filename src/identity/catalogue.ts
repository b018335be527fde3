/** Which names orders may use, and which module stands behind each: what comes along, and METHODS_FILE over it. */
import { languages, type Language } from '@segl/problem/catalogue';
import type { Problem } from '@segl/problem/problem';
import { methodLinks } from './chain.ts';
import { IDENTITY_EVIDENCE } from './evidence/identity/content.ts';
import { EvidenceRegistry } from './evidence/registry.ts';
import {
  ASSURANCES,
  ATTRIBUTES,
  type CatalogueEntry,
  type EidOffer,
  type ModuleName,
  type Provider,
} from './method.ts';
import {
  misconfigured,
  readMethodsFile,
  readProvider,
  requireChain,
  type DescribedProvider,
  type Line,
} from './methods-file.ts';
import { builtIn, loadModule, type AnyModule } from './methods/index.ts';
import { shippedNames, type ShippedName } from './methods/names.ts';
import { identityProblems } from './problems.ts';
import { missingVariable, readSettings } from './settings.ts';

export interface Catalogue {
  /** Names on offer. */
  readonly entries: readonly CatalogueEntry[];
  /** Names that are known and not on offer, and why. */
  readonly off: readonly OffName[];
  /** All modules that are known: what they once made is verified, whether they are on offer or not. */
  readonly modules: readonly AnyModule[];
  /** How another thread or process finds the same modules: see `loadModule`. */
  readonly references: readonly string[];
  /** With nothing missing, by the id of the module. */
  readonly providers: ReadonlyMap<string, readonly Provider[]>;
  readonly evidence: EvidenceRegistry;
  /** What the names were made of, for accounts that say something else of some. */
  readonly basis: CatalogueBasis;
}

/** Everything that is known of names before it is said who answers. */
export interface CatalogueBasis {
  readonly names: ReadonlyMap<string, KnownName>;
  /** By how they are referred to. */
  readonly modules: ReadonlyMap<string, AnyModule>;
  readonly providers: readonly DescribedProvider[];
}

export interface OffName {
  readonly name: string;
  readonly why: Problem;
}

const USES = ['authenticate', 'sign'] as const;

/** What is known of a name before it is known who answers: of a module, of the shipped names, or of METHODS_FILE. */
export type KnownName = Omit<CatalogueEntry, 'module' | 'provider'> & {
  readonly off?: boolean;
  /** How orders ask for it otherwise. */
  readonly instead?: ShippedName['instead'] | undefined;
  /** Id of the module, or the path of its file; absent: that of the provider. */
  readonly module?: string | undefined;
  /** Id of the provider; absent: the first that serves the eID. */
  readonly provider?: string | undefined;
};

const ofModule = (name: ModuleName, module: string): KnownName => ({
  ...{ titles: {}, attributes: [], options: {} },
  ...name,
  module,
});

const shipped = ({ country: _, alias: __, ...name }: ShippedName): KnownName => ({ ...name, options: {} });

const areAll = <T extends string>(values: readonly string[], choices: readonly T[]): values is readonly T[] =>
  values.every((value) => (choices as readonly string[]).includes(value));

/** A name with what the line says of it, over what is known of the name so far. Throws CONFIG_INVALID. */
function withLine(line: Line, known: KnownName | undefined): KnownName {
  const { name } = line;
  const chain = line.chain ?? known?.chain;
  if (chain) return chainLine({ ...line, chain }, known);
  const uses = line.uses ?? (line.use === undefined ? known?.uses : [line.use]) ?? [];
  const eid = line.eid ?? known?.eid;
  // what another eID answers is not called after the one that it stood for, and is as the eID is
  const usual = eid === known?.eid ? known : (shippedNames.find((one) => one.eid === eid) ?? known);
  const assurance = [line.assurance ?? usual?.assurance ?? 'low'];
  const attributes = line.attributes ?? usual?.attributes ?? [];
  // who is named for it answers, whoever answered before
  const module = line.module ?? (line.provider === undefined ? known?.module : undefined);
  if (module === undefined && line.provider === undefined && known?.eid === undefined)
    throw misconfigured(identityProblems.of('methods-file/no-module', { name }));
  if (uses.length === 0 || !areAll(uses, USES))
    throw misconfigured(identityProblems.of('methods-file/no-use', { name, allowed: USES }));
  if (!areAll(assurance, ASSURANCES))
    throw misconfigured(identityProblems.of('methods-file/assurance', { name, allowed: ASSURANCES }));
  if (!areAll(attributes, ATTRIBUTES))
    throw misconfigured(identityProblems.of('methods-file/attributes', { name, allowed: ATTRIBUTES }));
  requireTitles(line);
  const off = line.off ?? false;
  if (line.provider !== undefined && eid === undefined)
    throw misconfigured(identityProblems.of('methods-file/no-eid', { name }));
  return {
    ...{ name, off, uses, module, attributes },
    ...(eid !== undefined && { eid }),
    provider: line.provider ?? known?.provider,
    instead: (line.provider ?? line.module) === undefined ? known?.instead : undefined,
    assurance: assurance[0]!,
    title: line.title ?? usual?.title ?? name,
    titles: { ...(line.title === undefined && usual?.titles), ...line.titles },
    options: line.options ?? line.settings ?? known?.options ?? {},
  };
}

/** A chain has what it is called, and its links; all else is theirs. Throws CONFIG_INVALID. */
function chainLine(line: Line & Required<Pick<Line, 'chain'>>, known: KnownName | undefined): KnownName {
  requireChain(line);
  const { name, chain, off = false } = line;
  requireTitles(line);
  return {
    ...{ name, chain, off, uses: ['sign'], assurance: 'low', attributes: [], options: {} },
    title: line.title ?? known?.title ?? '',
    titles: { ...(line.title === undefined && known?.titles), ...line.titles },
  };
}

function requireTitles({ name, titles = {} }: Line): void {
  if (!areAll(Object.keys(titles), languages))
    throw misconfigured(identityProblems.of('methods-file/titles', { name, allowed: languages }));
}

/** What a provider does for an eID; `named`: METHODS_FILE says that it is the one. */
function offerFor({ kinds, profile }: DescribedProvider, eid: string, named: boolean): EidOffer | undefined {
  const { eids, others } = kinds.profiles[profile]!;
  if (Object.hasOwn(eids, eid)) return eids[eid];
  return named ? others : undefined;
}

/** Who answers for a name, or why nobody does. */
function answered(
  name: KnownName,
  modules: ReadonlyMap<string, AnyModule>,
  providers: readonly DescribedProvider[],
): CatalogueEntry | OffName {
  const { provider: id, module: reference, off: isOff, instead, ...entry } = name;
  const off = (why: Problem): OffName => ({ name: entry.name, why });
  if (isOff === true) return off(identityProblems.of('method/switched-off'));
  if (instead !== undefined) return off(identityProblems.of(`method/${instead}`));
  const module = reference === undefined ? undefined : modules.get(reference);
  if (module && !module.providers) return { ...entry, module: module.id };
  if (reference !== undefined && !module)
    return off(identityProblems.of('method/module-absent', { module: reference }));
  const { eid } = entry;
  const serves = (one: DescribedProvider): EidOffer | undefined =>
    eid === undefined ? one.kinds.profiles[one.profile]!.others : offerFor(one, eid, id !== undefined);
  const possible = providers.filter(
    (one) => (id === undefined || one.id === id) && (!module || one.module === module.id) && serves(one),
  );
  const provider = possible.find(({ missing }) => missing.length === 0) ?? possible[0];
  if (!provider) {
    const missing = { eid: eid ?? entry.name, setting: `providers.${id ?? 'NAME'} in METHODS_FILE` };
    return off(identityProblems.of('method/no-provider', missing));
  }
  if (provider.missing.length > 0)
    return off(identityProblems.of('method/setting-missing', { missing: provider.missing }));
  const { levels, options } = serves(provider)!;
  if (!levels.includes(entry.assurance)) {
    const { assurance: level } = entry;
    return off(identityProblems.of('method/level', { level, provider: provider.id, allowed: levels }));
  }
  return {
    ...entry,
    module: provider.module,
    provider: { id: provider.id, profile: provider.profile, settings: provider.settings },
    options: { ...options, ...entry.options },
  };
}

/** What a provider leaves behind of a signature by this name; undefined: it only identifies. */
function nativeOf(
  { provider: by, eid }: CatalogueEntry,
  providers: readonly DescribedProvider[],
): string | undefined {
  const provider = providers.find(({ id }) => id === by?.id);
  if (!provider) return undefined;
  return eid === undefined
    ? provider.kinds.profiles[provider.profile]!.others?.native
    : offerFor(provider, eid, true)?.native;
}

/**
 * A chain with what its links are: on where all of them are, each signs with identity evidence, which alone can say that it is a
 * link, and none is weaker than the one before. So its level is that of the last, and of the strongest.
 */
function chained(
  { off: isOff, name, chain = [], title, titles }: KnownName,
  names: ReadonlyMap<string, KnownName>,
  linkOf: (name: string) => CatalogueEntry | OffName,
  providers: readonly DescribedProvider[],
): CatalogueEntry | OffName {
  const off = (why: Problem): OffName => ({ name, why });
  if (isOff === true) return off(identityProblems.of('method/switched-off'));
  let last: CatalogueEntry | undefined;
  for (const link of methodLinks(chain)) {
    const one = linkOf(link);
    if ('why' in one) return off(identityProblems.of('method/chain-link-off', { link, why: one.why }));
    if (!one.uses.includes('sign') || nativeOf(one, providers) !== IDENTITY_EVIDENCE.format)
      return off(identityProblems.of('method/chain-link-unfit', { link }));
    if (last && ASSURANCES.indexOf(one.assurance) < ASSURANCES.indexOf(last.assurance))
      return off(identityProblems.of('method/chain-weaker', { link, level: last.assurance }));
    last = one;
  }
  if (!last) throw new TypeError(`${name} has no link that a method makes`);
  const titled = (language?: Language): string =>
    chain
      .map((link) => names.get(link)!)
      .map((one) => (language === undefined ? one.title : (one.titles[language] ?? one.title)))
      .join(' + ');
  const own =
    title === '' ? Object.fromEntries(languages.map((language) => [language, titled(language)])) : {};
  return {
    ...last,
    ...{ name, chain, uses: ['sign'] },
    title: title === '' ? titled() : title,
    titles: { ...own, ...titles },
  };
}

/** Lines put over what is known of names. Throws CONFIG_INVALID. */
function withLines(
  before: ReadonlyMap<string, KnownName>,
  lines: readonly Line[],
  providers: readonly string[],
): Map<string, KnownName> {
  const names = new Map(before);
  for (const line of lines) {
    const { name, provider } = line;
    const known = names.get(name);
    // a name that nobody knows can be off without more being said of it
    if (line.off === true && !known) continue;
    if (provider !== undefined && !providers.includes(provider)) {
      const params = { name, provider, known: providers };
      throw misconfigured(identityProblems.of('methods-file/provider-unknown', params));
    }
    names.set(name, withLine(line, known));
  }
  for (const { name, chain = [] } of names.values()) {
    const link = chain.find((one) => !names.has(one) || names.get(one)!.chain !== undefined);
    if (link !== undefined)
      throw misconfigured(identityProblems.of('methods-file/chain-link', { name, link }));
  }
  return names;
}

/** Every name that comes along. */
function ownNames(): Map<string, KnownName> {
  const names = new Map(shippedNames.map((name) => [name.name, shipped(name)]));
  for (const { id, names: own } of builtIn) for (const name of own) names.set(name.name, ofModule(name, id));
  return names;
}

/** Who answers for each name, and which are off. */
function judged({ names, modules, providers }: CatalogueBasis): Pick<Catalogue, 'entries' | 'off'> {
  const single = new Map(
    [...names.values()]
      .filter(({ chain }) => !chain)
      .map((name) => [name.name, answered(name, modules, providers)] as const),
  );
  const all = [...names.values()].map(
    (name) => single.get(name.name) ?? chained(name, names, (link) => single.get(link)!, providers),
  );
  return {
    entries: all.filter((one) => 'module' in one),
    off: all.filter((one) => 'why' in one),
  };
}

/**
 * The catalogue of an account that says something else of some names: `lines` as METHODS_FILE has them, about providers that
 * METHODS_FILE knows. Throws CONFIG_INVALID.
 */
export function overlaid({ basis }: Catalogue, lines: readonly Line[]): Pick<Catalogue, 'entries' | 'off'> {
  const providers = basis.providers.map(({ id }) => id);
  return judged({ ...basis, names: withLines(basis.names, lines, providers) });
}

/**
 * Reads METHODS_FILE (`json`; undefined: there is none) over what comes along, and loads the modules. Throws CONFIG_INVALID.
 */
export async function readCatalogue(json: string | undefined): Promise<Catalogue> {
  const file = json === undefined ? { providers: {}, methods: [] } : readMethodsFile(json);
  const names = withLines(ownNames(), file.methods, Object.keys(file.providers));
  const loaded = new Map<string, AnyModule>(builtIn.map((module) => [module.id, module]));
  const shippedModules = new Set(shippedNames.map(({ module }) => module));
  const referred = [
    ...Object.values(file.providers).map(({ module }) => module),
    ...[...names.values()].flatMap(({ off, module }) =>
      off === true || module === undefined || shippedModules.has(module) ? [] : [module],
    ),
  ];
  for (const reference of referred)
    if (!loaded.has(reference)) loaded.set(reference, await loadModule(reference));
  const problems: Problem[] = [];
  const providers = Object.entries(file.providers).flatMap(
    ([id, line]) => readProvider(id, line, loaded.get(line.module)!, problems) ?? [],
  );
  if (problems.length > 0) throw misconfigured(...problems);
  const modules = [...new Set(loaded.values())];
  const ready = providers.filter(({ missing }) => missing.length === 0);
  const basis = { names, modules: loaded, providers };
  return {
    ...judged(basis),
    modules,
    references: [...loaded.keys()],
    providers: new Map(
      modules.map(({ id }) => [id, ready.filter(({ module }) => module === id).map(providerOf)]),
    ),
    evidence: new EvidenceRegistry(modules),
    basis,
  };
}

const providerOf = ({ id, profile, settings }: DescribedProvider): Provider => ({ id, profile, settings });

/** A module with a name on offer, its settings, and the providers that it works with. */
export interface ModuleInUse {
  readonly module: AnyModule;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly providers: readonly Provider[];
}

/**
 * The settings of modules with a name on offer; those of others are not looked at. Throws CONFIG_INVALID naming all that is
 * wrong or missing.
 */
export function readModuleSettings(
  { modules, entries, providers }: Pick<Catalogue, 'modules' | 'entries' | 'providers'>,
  variables: Readonly<Record<string, string | undefined>>,
): ModuleInUse[] {
  const problems: Problem[] = [];
  const inUse = modules.filter(({ id }) => entries.some(({ module }) => module === id));
  const read = inUse.map((module) => {
    const { values: settings, problems: wrong } = readSettings(module.settings, variables);
    problems.push(...wrong);
    const missing = module.required(settings as never).filter((name) => settings[name] === undefined);
    for (const name of missing) {
      problems.push(missingVariable(module.settings[name]!));
    }
    return { module, settings, providers: providers.get(module.id) ?? [] };
  });
  if (problems.length > 0) throw misconfigured(...problems);
  return read;
}

/** All modules that `references` name, loaded: for a thread that is to know the same as its process. */
export const loadModules = (references: readonly string[]): Promise<AnyModule[]> =>
  Promise.all(references.map(loadModule));
