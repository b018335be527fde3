/** Which names orders may use, and which module stands behind each: what comes along, and METHODS_FILE over it. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { EvidenceRegistry } from './evidence/registry.ts';
import type { CatalogueEntry } from './method.ts';
import { builtIn, loadModule, type AnyModule } from './methods/index.ts';
import { identityProblems } from './problems.ts';
import { missingVariable, readSettings } from './settings.ts';

export interface Catalogue {
  /** Names on offer. */
  readonly entries: readonly CatalogueEntry[];
  /** All modules that are known: what they once made is verified, whether they are on offer or not. */
  readonly modules: readonly AnyModule[];
  /** How another thread or process finds the same modules: see `loadModule`. */
  readonly references: readonly string[];
  readonly evidence: EvidenceRegistry;
}

const misconfigured = (...problems: Problem[]): SeglError =>
  identityProblems.error('CONFIG_INVALID', { problems });

const USES = ['authenticate', 'sign'] as const;
const ASSURANCES = ['low', 'substantial', 'high'] as const;

/** One line of METHODS_FILE. `off`: a name that comes along and is not on offer here. */
interface Line {
  readonly name: string;
  readonly off?: boolean;
  readonly use?: string;
  readonly module?: string;
  readonly title?: string;
  readonly assurance?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

function readLines(json: string): Line[] {
  let lines: unknown;
  try {
    lines = JSON.parse(json);
  } catch {
    throw misconfigured(identityProblems.of('methods-file/no-json'));
  }
  const areLines =
    Array.isArray(lines) &&
    lines.every(
      (line: unknown) => typeof (line as Line | null)?.name === 'string' && (line as Line).name !== '',
    );
  if (!areLines) throw misconfigured(identityProblems.of('methods-file/no-list'));
  return lines as Line[];
}

const oneOf = <T extends string>(value: string | undefined, choices: readonly T[]): T | undefined =>
  choices.find((choice) => choice === value);

/** A name with what the line says of it, over what is known of the name so far. */
function entryOf(
  line: Line,
  known: CatalogueEntry | undefined,
): CatalogueEntry & { readonly reference: string } {
  const { name } = line;
  const use = oneOf(line.use ?? known?.use, USES);
  const assurance = oneOf(line.assurance ?? known?.assurance ?? 'low', ASSURANCES);
  const module = line.module ?? known?.module;
  if (module === undefined) throw misconfigured(identityProblems.of('methods-file/no-module', { name }));
  if (!use) throw misconfigured(identityProblems.of('methods-file/no-use', { name, allowed: USES }));
  if (!assurance)
    throw misconfigured(identityProblems.of('methods-file/assurance', { name, allowed: ASSURANCES }));
  return {
    ...{ name, use, module, assurance, reference: module },
    title: line.title ?? known?.title ?? name,
    options: line.settings ?? known?.options ?? {},
  };
}

/**
 * Reads METHODS_FILE (`json`; undefined: there is none) over what comes along, and loads the modules. Throws CONFIG_INVALID.
 */
export async function readCatalogue(json: string | undefined): Promise<Catalogue> {
  const entries = new Map<string, CatalogueEntry & { readonly reference: string }>();
  for (const { id, names } of builtIn) {
    for (const one of names) entries.set(one.name, { ...one, module: id, reference: id, options: {} });
  }
  for (const line of json === undefined ? [] : readLines(json)) {
    if (line.off === true) entries.delete(line.name);
    else entries.set(line.name, entryOf(line, entries.get(line.name)));
  }
  const loaded = new Map<string, AnyModule>(builtIn.map((module) => [module.id, module]));
  for (const { reference } of entries.values()) {
    if (!loaded.has(reference)) loaded.set(reference, await loadModule(reference));
  }
  const modules = [...loaded.values()];
  const named = [...entries.values()].map(({ reference, ...entry }) => ({
    ...entry,
    module: loaded.get(reference)!.id,
  }));
  return {
    entries: named,
    modules,
    references: [...loaded.keys()],
    evidence: new EvidenceRegistry(modules),
  };
}

/** A module with a name on offer, and its settings. */
export interface ModuleInUse {
  readonly module: AnyModule;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * The settings of modules with a name on offer; those of others are not looked at. Throws CONFIG_INVALID naming all that is
 * wrong or missing.
 */
export function readModuleSettings(
  { modules, entries }: Catalogue,
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
    return { module, settings };
  });
  if (problems.length > 0) throw misconfigured(...problems);
  return read;
}

/** All modules that `references` name, loaded: for a thread that is to know the same as its process. */
export const loadModules = (references: readonly string[]): Promise<AnyModule[]> =>
  Promise.all(references.map(loadModule));
