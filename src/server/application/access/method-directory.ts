/** What each account works as: its own set-ups as service provider where it has some, else those of the installation. */
import { overlaid, type Catalogue, type ModuleInUse } from '@segl/identity/catalogue';
import type { AccountSetups, DoctorFinding, MethodDeps, OpenedModule, Use } from '@segl/identity/method';
import type { AnyModule } from '@segl/identity/methods/index';
import { methodLinks } from '@segl/identity/chain';
import {
  chainOf,
  createMethodRegistry,
  type AccountEid,
  type AccountMethod,
  type EidDirectory,
} from '@segl/identity/registry';
import { signerTrust } from '@segl/identity/evidence/registry';
import { identityProblems } from '@segl/identity/problems';
import type { Db } from '../../adapters/postgres/database.ts';
import { findAccountMethods } from '../../adapters/postgres/accounts/account-methods.ts';
import {
  listSetupsOf,
  listSetupRevisions,
  type MethodSetupRow,
} from '../../adapters/postgres/accounts/method-setups.ts';

/** What the method of a module may reach. */
export type DepsOf = (module: string) => MethodDeps;

export interface MethodDirectory extends EidDirectory {
  readonly catalogue: Catalogue;
  /** What accounts without a set-up of their own work as. */
  readonly installation: OpenedAccount;
  of(service: string): Promise<OpenedAccount>;
  /** The set-ups of accounts; whoever opened the installation's own methods closes them. */
  close(): Promise<void>;
}

export interface OpenedAccount extends AccountEid {
  /** By the id of the module. */
  readonly opened: ReadonlyMap<string, OpenedModule>;
}

/** Modules at work for the installation. Throws CONFIG_INVALID, and what reading keys throws. */
export async function openInstallationModules(
  modules: readonly ModuleInUse[],
  depsOf: DepsOf,
): Promise<Map<string, OpenedModule>> {
  const opened = new Map<string, OpenedModule>();
  try {
    for (const { module, settings, providers } of modules)
      opened.set(module.id, await module.open(settings as never, depsOf(module.id), providers));
  } catch (error) {
    await closeAll(opened.values());
    throw error;
  }
  return opened;
}

export async function closeAll(opened: Iterable<OpenedModule>): Promise<void> {
  for (const one of opened) await one.close();
}

/** What makes an account other than the installation. */
interface AccountRules {
  /** Names that it may order, by module; all of a module that is not named. */
  readonly allowed: ReadonlyMap<string, readonly string[]>;
  readonly strict: boolean;
}

const NO_RULES: AccountRules = { allowed: new Map(), strict: false };

function accountOf(
  { modules, evidence }: Catalogue,
  names: Pick<Catalogue, 'entries' | 'off'>,
  opened: ReadonlyMap<string, OpenedModule>,
  { allowed, strict }: AccountRules,
): OpenedAccount {
  const families = new Map(modules.map(({ id, family }) => [id, family]));
  const entries = names.entries.filter(({ module }) => opened.has(module));
  const off = new Map([
    ...names.off.map(({ name, why }) => [name, why] as const),
    ...names.entries
      .filter(({ module }) => !opened.has(module))
      .map(({ name, module }) => [name, identityProblems.of('method/module-absent', { module })] as const),
    ...entries
      .filter(({ name, module }) => allowed.get(module)?.includes(name) === false)
      .map(({ name }) => [name, identityProblems.of('method/not-agreed')] as const),
  ]);
  const methodsFor = (use: Use): AccountMethod[] =>
    entries
      .filter(({ uses, chain }) => uses.includes(use) && !chain)
      .map((entry) => ({
        ...entry,
        family: entry.eid ?? families.get(entry.module)!,
        method: opened.get(entry.module)!.method(entry, use),
      }));
  const single = methodsFor('sign');
  const chains = entries.flatMap((entry) => {
    const links = methodLinks(entry.chain ?? []).map((link) => single.find(({ name }) => name === link));
    // a link that the account may not order is none that it has
    return entry.chain && links.every((link) => link && !off.has(link.name))
      ? [chainOf(entry, links as readonly AccountMethod[])]
      : [];
  });
  const signing = [...single, ...chains];
  const native = signing.filter(({ method }) => method.signs !== undefined);
  const identifying = methodsFor('authenticate');
  const witnessed = signing.filter((one) => !native.includes(one));
  const only = witnessed.filter(({ name }) => !identifying.some((one) => one.name === name));
  const onOffer = (methods: readonly AccountMethod[]): string[] =>
    methods.map(({ name }) => name).filter((name) => !off.has(name));
  const anchors = new Map([...opened].map(([id, one]) => [id, one.anchors] as const));
  return {
    opened,
    methods: createMethodRegistry(native, off),
    logins: createMethodRegistry([...identifying, ...only], off),
    offer: {
      signatureMethods: onOffer(signing),
      authenticationMethods: onOffer(identifying),
      witnessed: onOffer(witnessed),
      together: onOffer(native.filter(({ method }) => method.together)),
      chains: new Map(chains.map(({ name, chain = [] }) => [name, chain])),
      off,
      strict,
    },
    signers: signerTrust(evidence, modules, anchors),
    signerAnchors: [...anchors.values()].flat(),
  };
}

interface Known {
  readonly revision: string;
  readonly account: Promise<OpenedAccount>;
}

/** The installation's own stay open. */
async function closeOwn({ account }: Known, installation: OpenedAccount): Promise<void> {
  const { opened } = await account.catch(() => installation);
  await closeAll([...opened].flatMap(([id, one]) => (installation.opened.get(id) === one ? [] : [one])));
}

/** Set-ups are opened when they are first needed, and again after they changed, whichever process changed them. */
export function createMethodDirectory(
  catalogue: Catalogue,
  own: ReadonlyMap<string, OpenedModule>,
  { db, depsOf }: { readonly db: Db; readonly depsOf: DepsOf },
): MethodDirectory {
  const installation = accountOf(catalogue, catalogue, own, NO_RULES);
  const known = new Map<string, Known>();
  const open = async (service: string): Promise<OpenedAccount> => {
    const opened = new Map(own);
    const allowed = new Map<string, readonly string[]>();
    for (const row of await listSetupsOf(db, service)) {
      const basis = own.get(row.module);
      // of a method that is not on offer any more
      if (!basis) continue;
      const module = moduleNamed(catalogue, row.module);
      opened.set(row.module, await setupsOf(module).open(service, row.setup, basis, depsOf(row.module)));
      if (row.methods) allowed.set(row.module, row.methods);
    }
    const said = await findAccountMethods(db, service);
    const names = said ? overlaid(catalogue, said.lines) : catalogue;
    return accountOf(catalogue, names, opened, { allowed, strict: said?.strict ?? false });
  };
  return {
    catalogue,
    installation,
    async of(service) {
      const revision = (await listSetupRevisions(db, service)).join();
      const before = known.get(service);
      if (revision !== '' && before?.revision === revision) return before.account;
      known.delete(service);
      // its connections may be in use; they end with what uses them
      if (before) void closeOwn(before, installation);
      if (revision === '') return installation;
      const account = open(service);
      known.set(service, { revision, account });
      account.catch(() => known.delete(service));
      return account;
    },
    async close() {
      for (const one of known.values()) await closeOwn(one, installation);
    },
  };
}

export function moduleNamed({ modules }: Catalogue, id: string): AnyModule {
  const module = modules.find((one) => one.id === id);
  if (!module)
    throw identityProblems.error('METHOD_UNKNOWN', {
      name: id,
      known: modules.map((one) => one.id),
    });
  return module;
}

/** Throws PROVIDER_UNUSABLE where accounts have no set-ups of their own. */
export function setupsOf({ id, accounts }: AnyModule): AccountSetups {
  if (!accounts)
    throw identityProblems.error('PROVIDER_UNUSABLE', {
      why: identityProblems.of('provider/no-setups', { module: id }),
    });
  return accounts;
}

/** What an account's set-up is worth: everything that can be wrong with it. */
export async function judgeSetup(
  { service, module, setup }: Pick<MethodSetupRow, 'service' | 'module' | 'setup'>,
  {
    catalogue,
    own,
    depsOf,
  }: {
    readonly catalogue: Catalogue;
    readonly own: ReadonlyMap<string, OpenedModule>;
    readonly depsOf: DepsOf;
  },
): Promise<readonly DoctorFinding[]> {
  const basis = own.get(module);
  if (!basis) return [];
  const opened = await setupsOf(moduleNamed(catalogue, module)).open(service, setup, basis, depsOf(module));
  try {
    return await opened.doctor({ online: true });
  } finally {
    await opened.close();
  }
}
