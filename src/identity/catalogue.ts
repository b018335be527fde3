/** Which names orders may use, and which module stands behind each: what comes along, and METHODS_FILE over it. */
import { languages } from '@segl/problem/catalogue';
import type { Problem } from '@segl/problem/problem';
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
  type DescribedProvider,
  type Line,
  type MethodsFile,
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
}

export interface OffName {
  readonly name: string;
  readonly why: Problem;
}

const USES = ['authenticate', 'sign'] as const;

/** What is known of a name before it is known who answers: of a module, of the shipped names, or of METHODS_FILE. */
type KnownName = Omit<CatalogueEntry, 'module' | 'provider'> & {
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
  const uses = line.uses ?? (line.use === undefined ? known?.uses : [line.use]) ?? [];
  const assurance = [line.assurance ?? known?.assurance ?? 'low'];
  const attributes = line.attributes ?? known?.attributes ?? [];
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
  if (!areAll(Object.keys(line.titles ?? {}), languages))
    throw misconfigured(identityProblems.of('methods-file/titles', { name, allowed: languages }));
  const eid = line.eid ?? known?.eid;
  if (line.provider !== undefined && eid === undefined)
    throw misconfigured(identityProblems.of('methods-file/no-eid', { name }));
  // a name that another eID answers is not called after the one that it stood for
  const called = eid === known?.eid ? known : (shippedNames.find((one) => one.eid === eid) ?? known);
  return {
    ...{ name, uses, module, attributes },
    ...(eid !== undefined && { eid }),
    provider: line.provider ?? known?.provider,
    assurance: assurance[0]!,
    title: line.title ?? called?.title ?? name,
    titles: { ...(line.title === undefined && called?.titles), ...line.titles },
    options: line.options ?? line.settings ?? known?.options ?? {},
  };
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
  const { provider: id, module: reference, ...entry } = name;
  const module = reference === undefined ? undefined : modules.get(reference);
  if (module && !module.providers) return { ...entry, module: module.id };
  const off = (why: Problem): OffName => ({ name: entry.name, why });
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

/** Every name that METHODS_FILE, a module or the shipped names know; those that METHODS_FILE puts off apart. */
function knownNames({ methods, providers }: MethodsFile): { names: KnownName[]; off: OffName[] } {
  const names = new Map<string, KnownName>();
  for (const name of shippedNames) names.set(name.name, shipped(name));
  for (const { id, names: own } of builtIn) for (const name of own) names.set(name.name, ofModule(name, id));
  const off: OffName[] = [];
  for (const line of methods) {
    const { name, provider } = line;
    if (line.off === true) {
      if (names.delete(name)) off.push({ name, why: identityProblems.of('method/switched-off') });
      continue;
    }
    if (provider !== undefined && !Object.hasOwn(providers, provider))
      throw misconfigured(
        identityProblems.of('methods-file/provider-unknown', {
          ...{ name, provider, known: Object.keys(providers) },
        }),
      );
    names.set(name, withLine(line, names.get(name)));
  }
  return { names: [...names.values()], off: off.filter(({ name }) => !names.has(name)) };
}

/**
 * Reads METHODS_FILE (`json`; undefined: there is none) over what comes along, and loads the modules. Throws CONFIG_INVALID.
 */
export async function readCatalogue(json: string | undefined): Promise<Catalogue> {
  const file = json === undefined ? { providers: {}, methods: [] } : readMethodsFile(json);
  const { names, off } = knownNames(file);
  const loaded = new Map<string, AnyModule>(builtIn.map((module) => [module.id, module]));
  const shippedModules = new Set(shippedNames.map(({ module }) => module));
  const referred = [
    ...Object.values(file.providers).map(({ module }) => module),
    ...names.flatMap(({ module }) => (module === undefined || shippedModules.has(module) ? [] : [module])),
  ];
  for (const reference of referred)
    if (!loaded.has(reference)) loaded.set(reference, await loadModule(reference));
  const problems: Problem[] = [];
  const providers = Object.entries(file.providers).flatMap(
    ([id, line]) => readProvider(id, line, loaded.get(line.module)!, problems) ?? [],
  );
  if (problems.length > 0) throw misconfigured(...problems);
  const judged = names.map((name) => answered(name, loaded, providers));
  const modules = [...new Set(loaded.values())];
  const ready = providers.filter(({ missing }) => missing.length === 0);
  return {
    entries: judged.filter((one) => 'module' in one),
    off: [...off, ...judged.filter((one) => 'why' in one)],
    modules,
    references: [...loaded.keys()],
    providers: new Map(
      modules.map(({ id }) => [id, ready.filter(({ module }) => module === id).map(providerOf)]),
    ),
    evidence: new EvidenceRegistry(modules),
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
