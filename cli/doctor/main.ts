/** `segl doctor [--json]`: whether everything that the service needs is there, and the next step where it is not. */
import { builtIn } from '@segl/identity/methods/index';
import type { Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import type { Config } from '@segl/server/config/config';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { peekSecretBox } from '@segl/server/adapters/secrets/secrets';
import { openMethods, type Methods } from '@segl/server/composition/methods';
import { calendarOf } from '@segl/server/composition/seal';
import { openServices } from '@segl/server/composition/services';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from '../command.ts';
import { readSettings } from '../provider.ts';
import { tellFinding } from '../told.ts';
import { followSandboxClock } from '../sandbox/clock.ts';
import { checkLogin, checkProviders, checkSeal, checkTrust, checkTsa } from './evidence.ts';
import { guarded } from './finding.ts';
import { checkMail, checkPublicUrl, checkSms } from './network.ts';
import { checkDatabase, checkDisk, checkRedis } from './storage.ts';
import { checkTls } from './tls.ts';

const MARKS = { ok: 'ok  ', note: 'warn', failed: 'FAIL' } as const;

/** Exit code 1 when a check failed. */
export function addDoctor(program: Command, env: Env): void {
  besideSandbox(program.command('doctor'))
    .description('checks keys, certificates, time-stamps, database, mail, disk, and says the next step')
    .option('--json', 'the findings as JSON')
    .action((options: BesideSandbox & { readonly json?: boolean }) =>
      examine(options, settingsOf(env, options)),
    );
}

/** Throws CONFIG_INVALID. */
async function examine({ json = false }: { readonly json?: boolean }, env: Env): Promise<void> {
  const config = await readSettings(env);
  const followed = config.sandbox ? await followSandboxClock(config.sandboxUrl, silentLogger) : undefined;
  const scene = { config, clock: followed?.clock ?? systemClock };
  const all: Finding[] = [];
  const report = async (work: Promise<Finding[]>): Promise<void> => {
    const found = await work;
    all.push(...found);
    if (!json) found.forEach(print);
  };
  const algorithms = calendarOf(config);
  const services = openServices(config, scene.clock);
  let methods: Methods | undefined;
  try {
    await report(checkDisk(scene));
    await report(checkMail(scene));
    await report(checkSms(scene, services));
    await report(checkPublicUrl(scene));
    await report(checkTls(scene));
    await report(checkRedis(scene));
    await report(checkTrust(scene, methodAnchors(config)));
    await report(checkSeal(scene, services, algorithms));
    await report(checkLogin(scene));
    await report(checkTsa(scene, services, algorithms));
    await report(
      guarded('settings', async () => {
        const stores = {
          secrets: await peekSecretBox(config),
          log: silentLogger,
          db: (): never => {
            throw new TypeError('no method remembers anything while it is looked at');
          },
        };
        methods = await openMethods(config, scene.clock, services, stores);
        return checkProviders(methods);
      }),
    );
    await report(checkDatabase(scene, methods));
  } finally {
    await methods?.close();
    await services.close();
    await followed?.close();
  }
  const wrong = all.filter(({ verdict }) => verdict === 'failed').length;
  if (json) {
    const verdicts = { ok: 'ok', note: 'warn', failed: 'fail' } as const;
    const told = all.map((one) => inJson(one, verdicts[one.verdict]));
    process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  } else process.stdout.write(wrong === 0 ? '\nReady.\n' : `\n${wrong} to put right.\n`);
  if (wrong > 0) process.exitCode = 1;
}

/** Files of trust anchors that settings of methods name, by variable. */
function methodAnchors({ variables }: Config): Map<string, string> {
  const tables = builtIn.flatMap(({ settings }) => Object.values(settings));
  const named = tables.flatMap(({ env, kind }) => {
    const file = variables[env];
    return kind === 'path' && env.endsWith('_TRUST_FILE') && file ? [[env, file] as const] : [];
  });
  return new Map(named);
}

/** For programs: the code and its parameters beside what people are told. */
function inJson(finding: Finding, verdict: string): object {
  const { check, found, causes } = finding;
  const { text, todo } = tellFinding(finding);
  return { check, verdict, text, ...(todo !== '' && { todo }), ...found, ...(causes && { causes }) };
}

function print(finding: Finding): void {
  const { text, todo } = tellFinding(finding);
  process.stdout.write(`${MARKS[finding.verdict]}  ${finding.check.padEnd(20)}  ${text}\n`);
  if (todo !== '') process.stdout.write(`${' '.repeat(28)}→ ${todo}\n`);
}
