/** What runs until it is told to end: service, workers, sandbox. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@segl/sandbox/main';
import { systemClock, type Clock } from '@segl/problem/clock';
import { loadConfig, readConfig, type Config } from '@segl/server/config/config';
import { warnOfExpiry } from '@segl/server/application/access/expiry-warning';
import { createLogger, type Logger } from '@segl/server/adapters/telemetry/log';
import { openApplication, type Application } from '@segl/server/composition/application';
import { startService } from '@segl/server/composition/http';
import { OpenParts } from '@segl/server/composition/open-parts';
import { requireSettings } from '@segl/server/composition/settings';
import { accountExists, Authenticator, setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { startBackground } from '@segl/workers/main';
import type { ProcessKind } from '@segl/server/composition/connections';
import type { Env } from './command.ts';
import { SANDBOX_ACCOUNT } from './sandbox/account.ts';
import { followSandboxClock } from './sandbox/clock.ts';
import { welcome } from './welcome.ts';

/** Longer than any job should take. */
const CLOSE_WITHIN_MS = 20_000;

/** Runs `start` and stays up until SIGINT or SIGTERM, then closes everything cleanly. */
async function untilSignal(log: Logger, start: (running: OpenParts) => Promise<void>): Promise<void> {
  const running = new OpenParts();
  const signal = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
  try {
    await start(running);
    const name = await signal;
    log.info({ signal: name }, 'Shutting down.');
    // a database or queue that is away must not keep a process that was told to end; nothing is lost by leaving
    setTimeout(() => {
      log.warn('Something would not close in time.');
      process.exit(1);
    }, CLOSE_WITHIN_MS).unref();
  } finally {
    await running.close();
  }
}

async function runSandbox(config: Config, log: Logger): Promise<Sandbox> {
  return startSandbox({
    dataDir: join(config.dataDir, 'sandbox'),
    host: config.host,
    port: config.sandboxPort,
    smtpPort: config.sandboxSmtpPort,
    mutualTlsPort: config.sandboxMutualTlsPort,
    url: config.sandboxUrl,
    ...(config.sandboxTls && {
      tls: { port: config.sandboxTlsPort, names: [new URL(config.publicUrl).hostname] },
    }),
    clock: systemClock,
    log,
  });
}

/** The machine's clock; where the sandbox was asked for, and only then, that of the sandbox, which testers move. */
async function clockOf(config: Config, log: Logger, running: OpenParts): Promise<Clock> {
  if (!config.sandbox) return systemClock;
  return running.add(await followSandboxClock(config.sandboxUrl, log)).clock;
}

async function open(
  kind: ProcessKind,
  { config, log, running, sandbox }: { config: Config; log: Logger; running: OpenParts; sandbox?: Sandbox },
): Promise<Application> {
  const clock = sandbox?.clock ?? (await clockOf(config, log, running));
  const application = running.add(await openApplication(config, { clock, log, kind }));
  await settleSandboxAccount(application, log);
  await warnOfExpiry(application.context, { atStart: true });
  return application;
}

/** Everybody knows its password: it is there for trying, and closed as soon as the sandbox is off. */
async function settleSandboxAccount({ context }: Application, log: Logger): Promise<void> {
  const { db, config, clock } = context;
  const { service, password } = SANDBOX_ACCOUNT;
  const exists = await accountExists(db, service);
  if (config.sandbox) {
    if (!exists) await setAccount(db, clock, service, password);
  } else if (exists && (await new Authenticator(db).check(service, password).catch(() => undefined))) {
    await setAccount(db, clock, service, randomBytes(32).toString('base64'));
    log.warn({ service }, 'The account of the sandbox is closed: its password is public.');
  }
}

async function serve(application: Application, running: OpenParts): Promise<void> {
  running.add(await startService(application));
}

async function work(application: Application, running: OpenParts): Promise<void> {
  running.add(await startBackground(application));
}

/** Everything that a process of the service needs; what the sandbox would give is not asked for where it does. */
async function readForService(env: Env): Promise<Config> {
  const { config, problems } = readConfig(env);
  if (config.sandbox) return loadConfig(env);
  await requireSettings(config, problems);
  return config;
}

/** `segl start`: service and workers in this process, and with --sandbox the sandbox. */
export async function startAll(env: Env): Promise<void> {
  const first = await readForService(env);
  const log = createLogger(first.logLevel);
  await untilSignal(log, async (running) => {
    let config = first;
    let sandbox: Sandbox | undefined;
    if (first.sandbox) {
      sandbox = running.add(await runSandbox(first, log));
      // what the operator sets wins over what the sandbox offers
      const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
      config = loadConfig({ ...sandbox.environment, ...set });
    }
    const application = await open('start', { config, log, running, ...(sandbox && { sandbox }) });
    await work(application, running);
    await serve(application, running);
    process.stderr.write(welcome(config, sandbox));
  });
}

/** `segl serve`: the interfaces only. */
export async function startServing(env: Env): Promise<void> {
  const config = await readForService(env);
  const log = createLogger(config.logLevel);
  await untilSignal(log, async (running) => serve(await open('serve', { config, log, running }), running));
}

/** `segl worker`: the background work only. */
export async function startWorking(env: Env): Promise<void> {
  const config = await readForService(env);
  const log = createLogger(config.logLevel);
  await untilSignal(log, async (running) => work(await open('worker', { config, log, running }), running));
}

/** `segl sandbox`: the world around the service only. */
export async function startSandboxAlone(env: Env): Promise<void> {
  const config = loadConfig(env);
  const log = createLogger(config.logLevel);
  await untilSignal(log, async (running) => {
    const sandbox = running.add(await runSandbox(config, log));
    process.stderr.write(`Sandbox on ${sandbox.tlsUrl ?? sandbox.url}\n`);
  });
}
