/** `segl provider set|show|check|remove SERVICE`: an account's own set-up as service provider of an identity method. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { Option, type Command } from 'commander';
import { systemClock, type Clock } from '@segl/problem/clock';
import { loadConfig, type Config } from '@segl/server/config/config';
import { misused } from './misused.ts';
import { cliProblems } from './problems.ts';
import type { DoctorFinding, GivenOptions, SetupOption } from '@segl/identity/method';
import { builtIn, type AnyModule } from '@segl/identity/methods/index';
import { setUpAccount } from '@segl/server/application/access/account-setup';
import { judgeSetup, moduleNamed, setupsOf } from '@segl/server/application/access/method-directory';
import { openCatalogue, openMethods, type Methods } from '@segl/server/composition/methods';
import { openServices } from '@segl/server/composition/services';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { openSecretBox } from '@segl/server/adapters/secrets/secrets';
import type { Database } from '@segl/server/adapters/postgres/database';
import { listSetups, listSetupsOf, removeSetup } from '@segl/server/adapters/postgres/accounts/method-setups';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { followSandboxClock } from './sandbox/clock.ts';
import { withDatabase } from './store.ts';
import { tellFinding } from './told.ts';

const withSetups = builtIn.filter(({ accounts }) => accounts);

type Options = BesideSandbox & Readonly<Record<string, unknown>>;

/** What a verb works on. */
interface Scene {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly options: Options;
}

/** Beside `npm start`, what the sandbox offers counts as it does there: what is set wins over it. */
export async function readSettings(env: Env): Promise<Config> {
  const config = loadConfig(env);
  if (!config.sandbox) return config;
  const file = await readFile(join(config.dataDir, 'sandbox', 'service.env'), 'utf8').catch(() => '');
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  return loadConfig({ ...parseEnv(file), ...set });
}

/** An account's own set-up as service provider: certificates and agreements, as the identity method has them. */
export function addProvider(program: Command, env: Env): void {
  const provider = program
    .command('provider')
    .description(
      "an account's own set-up as service provider of an identity method: certificate, agreements",
    );
  const on = (options: Options, work: (scene: Scene) => Promise<void>) =>
    withScene(settingsOf(env, options), options, work);
  const withModule = (command: Command): Command =>
    command.option('--module <id>', 'the identity method that it is about, where several have set-ups');
  const set = withModule(besideSandbox(provider.command('set <service>'))).description(
    'gives the account its own set-up, or replaces it',
  );
  for (const option of withSetups.flatMap((module) => setupsOf(module).options))
    set.addOption(optionOf(option));
  set
    .option('--methods <list>', 'what may be ordered, comma-separated; default: everything')
    .action((service: string, options: Options) => on(options, (scene) => setUp(scene, service)));
  besideSandbox(provider.command('show [service]'))
    .description('what is set, without secrets; all accounts if none is named')
    .action((service: string | undefined, options: Options) => on(options, (scene) => show(scene, service)));
  besideSandbox(provider.command('check [service]'))
    .description(
      'judges it and asks the provider; exit code 1 when something is wrong. Without a service: the set-up of the settings',
    )
    .action((service: string | undefined, options: Options) => on(options, (scene) => check(scene, service)));
  withModule(besideSandbox(provider.command('remove <service>')))
    .description('the account works with the set-up of the settings again')
    .action((service: string, options: Options) => on(options, (scene) => remove(scene, service)));
}

/** Which are needed is for the method to say where several have set-ups. */
function optionOf({ name, argument, about, choices, required }: SetupOption): Option {
  const option = new Option(`--${name} <${argument}>`, about);
  if (choices) option.choices(choices);
  return option.makeOptionMandatory(required === true && withSetups.length === 1);
}

async function withScene(env: Env, options: Options, work: (scene: Scene) => Promise<void>): Promise<void> {
  const config = await readSettings(env);
  // the time of a sandbox can be moved, and its certificates go with it
  const followed = config.sandbox ? await followSandboxClock(config.sandboxUrl, silentLogger) : undefined;
  const clock = followed?.clock ?? systemClock;
  try {
    await withDatabase(config, (db) => work({ config, db, clock, options }));
  } finally {
    await followed?.close();
  }
}

/** The module that --module names, or the only one that has set-ups. */
function chosenModule(modules: readonly AnyModule[], options: Options): AnyModule {
  const module = valueOf(options, 'module');
  const possible = modules.filter(({ accounts }) => accounts);
  const chosen = module === undefined ? possible : possible.filter(({ id }) => id === module);
  if (chosen.length === 1) return chosen[0]!;
  throw misused(cliProblems.of('option/module', { allowed: possible.map((one) => one.id) }));
}

/** Commander writes `--some-name` as `someName`. */
function valueOf(options: Options, name: string): string | undefined {
  const value = options[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  return typeof value === 'string' ? value : undefined;
}

const given = (options: Options): GivenOptions => ({
  value: (name) => valueOf(options, name),
  file: async (name) => {
    const file = valueOf(options, name) ?? '';
    if (file === '-') return buffer(process.stdin);
    return readFile(file).catch((error: NodeJS.ErrnoException) => {
      const said = error.code ?? error.message;
      throw misused(cliProblems.of('option/file-unreadable', { option: `--${name}`, file, said }));
    });
  },
});

/** The installation's methods, open for `work`. */
async function withMethods(
  { config, db, clock }: Omit<Scene, 'options'>,
  work: (methods: Methods) => Promise<void>,
): Promise<void> {
  const services = openServices(config, clock);
  try {
    const stores = { secrets: await openSecretBox(config), db: () => db, log: silentLogger };
    const methods = await openMethods(config, clock, services, stores);
    try {
      await work(methods);
    } finally {
      await methods.close();
    }
  } finally {
    await services.close();
  }
}

async function setUp(scene: Scene, service: string): Promise<void> {
  const { db, clock, options } = scene;
  await withMethods(scene, async ({ catalogue, own, depsOf }) => {
    const module = chosenModule(catalogue.modules, options);
    const installation = own.get(module.id);
    if (!installation) throw misused(cliProblems.of('argument/no-method', { module: module.id }));
    const about = { service, installation, deps: depsOf(module.id) };
    const methods = valueOf(options, 'methods')
      ?.split(',')
      .map((name) => name.trim());
    const findings = await setUpAccount(
      { db, clock, catalogue },
      { service, module: module.id, methods },
      () => setupsOf(module).read(given(options), about),
    );
    report(findings);
    process.stdout.write(`\nSet. Now try it: segl provider check ${service}\n`);
  });
}

async function show({ config, db, clock }: Scene, service: string | undefined): Promise<void> {
  const catalogue = await openCatalogue(config);
  const rows = service === undefined ? await listSetups(db) : await listSetupsOf(db, service);
  if (service !== undefined && rows.length === 0) throw cliProblems.error('PROVIDER_MISSING', { service });
  if (rows.length === 0)
    process.stdout.write('No account has a set-up of its own: all work with that of the settings.\n');
  for (const { module, setup, methods, changedAt, service: whose } of rows) {
    const lines = [
      ...setupsOf(moduleNamed(catalogue, module)).describe(setup, clock.now()),
      ['methods', methods?.join(', ') ?? 'all'] as const,
      ['set', changedAt.toISOString()] as const,
    ];
    const text = lines.map(([name, value]) => `  ${name.padEnd(14)} ${value}`);
    process.stdout.write(`${whose}\n${text.join('\n')}\n`);
  }
}

async function remove({ config, db, options }: Scene, service: string): Promise<void> {
  const module = chosenModule((await openCatalogue(config)).modules, options);
  if (!(await removeSetup(db, service, module.id))) throw cliProblems.error('PROVIDER_MISSING', { service });
  process.stdout.write(`${service} works with the set-up of the settings now.\n`);
}

async function check(scene: Scene, service: string | undefined): Promise<void> {
  await withMethods(scene, async (methods) => {
    const findings: DoctorFinding[] = [];
    if (service === undefined) {
      for (const module of methods.own.values()) findings.push(...(await module.doctor({ online: true })));
    } else {
      const rows = await listSetupsOf(scene.db, service);
      if (rows.length === 0) throw cliProblems.error('PROVIDER_MISSING', { service });
      for (const row of rows) findings.push(...(await judgeSetup(row, methods)));
    }
    reportFindings(findings);
  });
}

/** All that was found, and whether it is in order: exit code 1 where it is not. */
export function reportFindings(findings: readonly DoctorFinding[]): void {
  report(findings);
  const wrong = findings.filter(({ verdict }) => verdict === 'failed').length;
  process.stdout.write(wrong === 0 ? '\nReady.\n' : `\n${wrong} to put right.\n`);
  if (wrong > 0) process.exitCode = 1;
}

const MARKS = { ok: 'ok  ', note: 'look', failed: 'FAIL' } as const;

function report(findings: readonly DoctorFinding[]): void {
  for (const finding of findings) {
    const { text, todo } = tellFinding(finding);
    process.stdout.write(`${MARKS[finding.verdict]}  ${finding.check.padEnd(13)}  ${text}\n`);
    if (todo !== '') process.stdout.write(`${' '.repeat(21)}→ ${todo}\n`);
  }
}
