/** `segl method list|show|add|check|keys|account`: names of identity methods, what they need, and who answers for them. */
import { readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { overlaid, readCatalogue, readModuleSettings, type Catalogue } from '@segl/identity/catalogue';
import { INK, methodLinks } from '@segl/identity/chain';
import type { CatalogueEntry, DoctorFinding, ProviderKinds } from '@segl/identity/method';
import { readMethodsFile, settingsIn, type Line } from '@segl/identity/methods-file';
import { readKeySet } from '@segl/identity/evidence/identity/jws';
import { shippedNames } from '@segl/identity/methods/names';
import { identityProblems } from '@segl/identity/problems';
import { systemClock } from '@segl/problem/clock';
import type { Problem } from '@segl/problem/problem';
import { closeAll, openInstallationModules } from '@segl/server/application/access/method-directory';
import { methodDeps, openCatalogue } from '@segl/server/composition/methods';
import { openServices } from '@segl/server/composition/services';
import type { Config } from '@segl/server/config/config';
import { RETURN_PATH } from '@segl/server/application/signing/method-step';
import {
  findAccountMethods,
  removeAccountMethods,
  setAccountMethods,
} from '@segl/server/adapters/postgres/accounts/account-methods';
import { listKeys } from '@segl/server/adapters/postgres/provider-keys';
import { openSecretBox } from '@segl/server/adapters/secrets/secrets';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { another, besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { withMethod, type NewMethod } from './method-file.ts';
import { misused, readGiven, requireAccount } from './misused.ts';
import { cliProblems } from './problems.ts';
import { readSettings, reportFindings } from './provider.ts';
import { withDatabase } from './store.ts';

type AddOptions = BesideSandbox & Omit<NewMethod, 'name'> & { readonly file?: string };

interface AccountOptions extends BesideSandbox {
  readonly off?: string;
  readonly on?: string;
  readonly lines?: string;
  readonly strict?: boolean;
  readonly lenient?: boolean;
  readonly reset?: boolean;
}

const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

export function addMethods(program: Command, env: Env): void {
  const method = program
    .command('method')
    .description('names of identity methods: which are on, what they need, who answers for them');
  const config = (options: BesideSandbox): Promise<Config> => readSettings(settingsOf(env, options));
  besideSandbox(method.command('list'))
    .description('every name, and whether it can be ordered')
    .option('--account <service>', 'as this account has them')
    .action(async (options: BesideSandbox & { readonly account?: string }) => {
      list(await namesOf(await config(options), options.account));
    });
  besideSandbox(method.command('show <name>'))
    .description('what a name is, and what it needs to be on')
    .action(async (name: string, options: BesideSandbox) => show(await config(options), name));
  besideSandbox(method.command('add <name>'))
    .description('writes a name into METHODS_FILE, and its provider; what stands there stays as it is')
    .requiredOption('--provider <id>', 'who answers: one of METHODS_FILE, or a new one')
    .option('--profile <kind>', 'of a new provider: which kind it is')
    .option('--module <id>', 'of a new provider: its module, where several know the kind')
    .option('--set <field=value>', 'of a new provider: one of its fields; as often as needed', another)
    .option('--eid <eid>', 'the eID that stands behind the name, where it is not the usual one')
    .option('--title <text>', 'as people know it')
    .option('--assurance <level>', 'low, substantial or high')
    .option('--use <use>', 'authenticate, sign; both if not given', another)
    .option('--file <path>', 'in place of METHODS_FILE')
    .action(async (name: string, options: AddOptions) => add(await config(options), name, options));
  besideSandbox(method.command('check <name>'))
    .description('asks its provider whether all is in order; exit code 1 when something is wrong')
    .action(async (name: string, options: BesideSandbox) => check(await config(options), name));
  besideSandbox(method.command('keys <name>'))
    .description('which keys its provider has published, as they were logged every hour')
    .action(async (name: string, options: BesideSandbox) => keys(await config(options), name));
  besideSandbox(method.command('account <service>'))
    .description('which names an account may order, over METHODS_FILE; without options: what is said so far')
    .option('--off <names>', 'not for this account, comma-separated')
    .option('--on <names>', 'for this account, though METHODS_FILE says that they are off, comma-separated')
    .option('--lines <file>', 'what else to say of names, as METHODS_FILE does under "methods"')
    .option('--strict', 'an order needs all the methods that it lists')
    .option('--lenient', 'one of them is enough')
    .option('--reset', 'as METHODS_FILE says')
    .action(async (service: string, options: AccountOptions) =>
      account(await config(options), service, options),
    );
}

async function namesOf(config: Config, service: string | undefined): Promise<Catalogue> {
  const catalogue = await openCatalogue(config);
  if (service === undefined) return catalogue;
  const said = await withDatabase(config, (db) => findAccountMethods(db, service));
  return said ? { ...catalogue, ...overlaid(catalogue, said.lines) } : catalogue;
}

const WIDTHS = [20, 4, 18, 24, 12] as const;

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd();

function list({ entries, off }: Catalogue): void {
  const on = entries.map((entry) =>
    row([entry.name, 'on', entry.eid ?? entry.module, answerer(entry), entry.assurance, entry.title]),
  );
  print([
    row(['name', '', 'eID', 'answered by', 'level', 'title']),
    ...on,
    ...off.map(({ name, why }) => row([name, 'off', inShort(why)])),
  ]);
}

const answerer = ({ provider, module, chain }: CatalogueEntry): string =>
  chain
    ? `chain: ${chain.join(', ')}`
    : provider
      ? `${provider.id} (${provider.profile})`
      : `module ${module}`;

/** Which settings are missing, where that is why; what they are for is told by `show`. */
const inShort = (why: Problem): string =>
  why.code === 'method/setting-missing' ? `missing: ${settingsIn(why).join(', ')}` : reason(why);

const reason = (why: Problem): string => identityProblems.catalogue.text(why, 'en');

async function show(config: Config, name: string): Promise<void> {
  const catalogue = await openCatalogue(config);
  const known = knownName(catalogue, name);
  const entry = catalogue.entries.find((one) => one.name === name);
  const { why } = catalogue.off.find((one) => one.name === name) ?? {};
  const shipped = shippedNames.find((one) => one.name === name);
  const facts = [
    ['on', why ? `no: ${reason(why)}` : 'yes'],
    [
      'title',
      [
        (entry ?? known).title || (known.chain ?? []).join(' + '),
        ...Object.entries((entry ?? known).titles).map((one) => one.join(': ')),
      ].join('; '),
    ],
    ['for', known.uses.map((use) => (use === 'sign' ? 'signing' : 'logging in')).join(', ')],
    ...(known.chain
      ? known.chain.map((link, index) => [`link ${String(index + 1)}`, linkIn(catalogue, link)])
      : [['eID', [known.eid ?? known.module ?? '', shipped?.country ?? ''].filter(Boolean).join(', ')]]),
    ...(entry && !known.chain ? [['answered by', answerer(entry)]] : []),
    ...(entry && Object.keys(entry.options).length > 0 ? [['options', optionsOf(entry)]] : []),
    ...((entry ?? !known.chain) ? [['level', (entry ?? known).assurance]] : []),
    ...(known.attributes.length > 0 ? [['tells', known.attributes.join(', ')]] : []),
    ...(shipped?.alias
      ? [['alias', 'what it stood for is not to be had; evidence tells what answered']]
      : []),
    ...(isSentBack(catalogue, name) ? [['redirect URI', redirectUri(config)]] : []),
  ] as [string, string][];
  print([name, ...facts.map(([label, value]) => `  ${label.padEnd(14)} ${value}`)]);
  const possible = [...catalogue.modules].flatMap(({ id, providers }) =>
    providers && known.eid !== undefined ? offersOf(id, providers, known.eid) : [],
  );
  if (!entry && possible.length > 0) print(['', 'Who can answer for it:', ...possible]);
}

/** Whether people are sent to whoever answers for a name, or could, and back. */
function isSentBack({ entries, modules, basis }: Catalogue, name: string): boolean {
  const entry = entries.find((one) => one.name === name);
  const eid = basis.names.get(name)?.eid;
  const serves = (kinds: ProviderKinds): boolean =>
    Object.values(kinds.profiles).some(({ eids }) => eid !== undefined && Object.hasOwn(eids, eid));
  return modules.some(
    ({ id, providers }) => providers?.redirects === true && (entry ? entry.module === id : serves(providers)),
  );
}

/** What a link of a chain is, or why it is off. */
function linkIn({ entries, off }: Catalogue, link: string): string {
  if (link === INK) return `${link}: drawn on the page of the service`;
  const entry = entries.find(({ name }) => name === link);
  const why = off.find(({ name }) => name === link)?.why;
  return entry
    ? `${link}: ${answerer(entry)}, ${entry.assurance}`
    : `${link}: off, ${why ? reason(why) : ''}`;
}

/** Names of what METHODS_FILE says beyond the eID, as `backchannel`. */
const optionsOf = ({ options }: CatalogueEntry): string =>
  Object.entries(options)
    .filter(([, value]) => value !== false)
    .map(([name]) => name)
    .join(', ');

const redirectUri = ({ publicUrl }: Config): string => `${publicUrl ?? 'PUBLIC_URL'}${RETURN_PATH}`;

/** The kinds of provider that serve an eID, with what each needs. */
const offersOf = (module: string, kinds: ProviderKinds, eid: string): string[] =>
  Object.entries(kinds.profiles)
    .filter(([, { eids }]) => Object.hasOwn(eids, eid))
    .flatMap(([profile, { title, eids }]) => [
      `  ${title}: --module ${module} --profile ${profile}`,
      ...kinds.required(profile, {}).map((field) => `    --set ${field}=…  ${kinds.fields[field]!.about}`),
      ...(eids[eid]!.switches ?? []).map((option) => `    option ${option}`),
    ]);

function knownName({ basis }: Catalogue, name: string) {
  const known = basis.names.get(name);
  if (!known) throw identityProblems.error('METHOD_UNKNOWN', { name, known: [...basis.names.keys()] });
  return known;
}

async function add(config: Config, name: string, options: AddOptions): Promise<void> {
  const file = options.file ?? config.methodsFile;
  if (file === undefined) throw misused(cliProblems.of('method/no-file'));
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw misused(cliProblems.of('argument/file-unreadable', { file, said: error.code ?? error.message }));
  });
  const after = withMethod(readMethodsFile(before), file, { name, ...options });
  const json = `${JSON.stringify(after, undefined, 2)}\n`;
  // what the service would refuse at start is not written
  const catalogue = await readCatalogue(json);
  await replace(file, json);
  const off = catalogue.off.find((one) => one.name === name);
  print([
    `Written into ${file}.`,
    ...(off ? [`It is off until more is said: ${reason(off.why)}.`] : []),
    ...(isSentBack(catalogue, name)
      ? [`The redirect URI to register at the provider: ${redirectUri(config)}`]
      : []),
    `Now try it: segl method check ${name}`,
  ]);
}

/** In one step, where a link leads, and readable by whom it was. */
async function replace(file: string, content: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const mode = await stat(target).then(
    (before) => before.mode & 0o777,
    () => 0o600,
  );
  await writeFile(`${target}.new`, content, { mode });
  await rename(`${target}.new`, target);
}

async function check(config: Config, name: string): Promise<void> {
  const catalogue = await openCatalogue(config);
  knownName(catalogue, name);
  const off = catalogue.off.find((one) => one.name === name);
  if (off) throw identityProblems.error('METHOD_OFF', off);
  const entry = catalogue.entries.find((one) => one.name === name)!;
  const asked = entry.chain
    ? methodLinks(entry.chain).map((link) => catalogue.entries.find((one) => one.name === link)!)
    : [entry];
  const services = openServices(config, systemClock);
  try {
    const db = (): never => {
      throw new TypeError('a check remembers nothing');
    };
    const stores = { secrets: await openSecretBox(config), db, log: silentLogger };
    const used = readModuleSettings({ ...catalogue, entries: asked }, config.variables);
    const opened = await openInstallationModules(used, methodDeps(config, systemClock, services, stores));
    try {
      const findings: DoctorFinding[] = [];
      for (const one of asked) {
        const module = opened.get(one.module)!;
        // options that make no sense are refused here
        for (const use of one.uses) module.method(one, use);
        findings.push(...(await module.doctor({ online: true, entry: one })));
      }
      reportFindings(findings);
    } finally {
      await closeAll(opened.values());
    }
  } finally {
    await services.close();
  }
}

/** Most entries that are told. */
const ENTRIES = 50;

const KEY_WIDTHS = [37, 21, 21, 21] as const;

async function keys(config: Config, name: string): Promise<void> {
  const catalogue = await openCatalogue(config);
  knownName(catalogue, name);
  const off = catalogue.off.find((one) => one.name === name);
  if (off) throw identityProblems.error('METHOD_OFF', off);
  const { module, provider } = catalogue.entries.find((one) => one.name === name)!;
  const rows = await withDatabase(config, (db) =>
    listKeys(db, { module, provider: provider?.id ?? '' }, ENTRIES),
  );
  if (rows.length === 0)
    return print(['Nothing is logged yet: the keys of providers are fetched every hour.']);
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => cell.padEnd(KEY_WIDTHS[index] ?? 0)).join(' ');
  const time = (at: Date | null): string => (at ? `${at.toISOString().slice(0, 19)}Z` : 'not yet');
  print([
    line(['entry', 'since', 'until', 'time-stamped', 'keys']),
    ...rows.map(({ id, keys: set, fetchedAt, seenAt, stampedAt }) =>
      line([
        id,
        time(fetchedAt),
        time(seenAt),
        time(stampedAt),
        readKeySet(set)
          .map(({ kid }) => kid ?? '-')
          .join(' '),
      ]),
    ),
  ]);
}

const namesIn = (listed: string | undefined): string[] =>
  (listed ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

/** An account chooses among the providers of METHODS_FILE, whose keys and secrets the service reads when it starts. */
async function linesIn(file: string): Promise<readonly Line[]> {
  const { providers, methods } = readMethodsFile((await readGiven(file)).toString());
  if (Object.keys(providers).length > 0) throw misused(cliProblems.of('method/account-providers', { file }));
  return methods;
}

async function account(config: Config, service: string, options: AccountOptions): Promise<void> {
  const catalogue = await openCatalogue(config);
  const { off, on, lines: file, strict, lenient, reset } = options;
  if (strict && lenient) throw misused(cliProblems.of('method/strict-or-lenient'));
  await withDatabase(config, async (db) => {
    await requireAccount(db, service);
    if (reset) await removeAccountMethods(db, service);
    const before = await findAccountMethods(db, service);
    const lines = new Map((before?.lines ?? []).map((line) => [line.name, line]));
    const say = (line: Line): void => void lines.set(line.name, { ...lines.get(line.name), ...line });
    if (file !== undefined) for (const line of await linesIn(file)) say(line);
    for (const [names, isOff] of [[off, true] as const, [on, false] as const]) {
      for (const name of namesIn(names)) {
        if (!lines.has(name)) knownName(catalogue, name);
        say({ name, off: isOff });
      }
    }
    const changed = [off, on, file, strict, lenient].some((option) => option !== undefined);
    const now = {
      strict: strict ?? (lenient ? false : (before?.strict ?? false)),
      lines: [...lines.values()],
    };
    overlaid(catalogue, now.lines);
    if (changed) await setAccountMethods(db, { service, ...now, changedAt: systemClock.now() });
    print([
      `${service}: ${now.strict ? 'strict: an order needs all the methods that it lists' : 'lenient: one method that is on is enough'}`,
      ...now.lines.map(({ name, off: isOff, ...rest }) =>
        row([`  ${name}`, isOff ? 'off' : 'on', Object.keys(rest).length > 0 ? JSON.stringify(rest) : '']),
      ),
    ]);
  });
}
