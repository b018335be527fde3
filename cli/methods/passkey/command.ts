/** `segl passkey list|remove`: the passkeys that signers registered. */
import type { Command } from 'commander';
import type { KeptPasskey } from '@segl/identity/methods/passkey/registration';
import type { Registration, Registrations } from '@segl/identity/method';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { createRegistrations } from '@segl/server/application/access/registrations';
import { openSecretBox } from '@segl/server/adapters/secrets/secrets';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from '../../command.ts';
import { cliProblems } from '../../problems.ts';
import { withDatabase } from '../../store.ts';

export function addPasskeys(program: Command, env: Env): void {
  const passkey = program.command('passkey').description('passkeys that signers registered');
  besideSandbox(passkey.command('list'))
    .description('whose they are, what they rest on, when they were used; no number and no key')
    .option('--account <service>', 'of one account only')
    .action((options: BesideSandbox & { readonly account?: string }) =>
      withPasskeys(settingsOf(env, options), async (registrations) => {
        const rows = (await registrations.list(options.account)).map(rowOf);
        process.stdout.write([HEAD, ...rows].map((row) => `${lineOf(row)}\n`).join(''));
      }),
    );
  besideSandbox(passkey.command('remove <ref>'))
    .description('forgets one, by what the list calls it: its holder can sign with it no more')
    .action((ref: string, options: BesideSandbox) =>
      withPasskeys(settingsOf(env, options), async (registrations) => {
        if (!(await registrations.remove(ref)))
          throw cliProblems.error('BAD_REQUEST', { why: cliProblems.of('passkey/unknown', { ref }) });
        process.stderr.write(`Passkey ${ref} is removed.\n`);
      }),
    );
}

async function withPasskeys(env: Env, work: (registrations: Registrations) => Promise<void>): Promise<void> {
  const config = loadConfig(env);
  const secrets = await openSecretBox(config);
  await withDatabase(config, (db) =>
    work(createRegistrations({ db, secrets, clock: systemClock }, 'passkey')),
  );
}

const HEAD = ['ref', 'account', 'name', 'identified by', 'registered', 'used', 'device'] as const;
const WIDTHS = [18, 16, 28, 18, 12, 12] as const;

const day = (at: Date | undefined): string => at?.toISOString().slice(0, 10) ?? '-';

function rowOf({ ref, service, value, since, usedAt }: Registration): readonly string[] {
  const { name, registration } = JSON.parse(value) as KeptPasskey;
  const { restsOn, deviceType } = registration;
  return [ref, service, name, restsOn.method, day(since), day(usedAt), deviceType];
}

const lineOf = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd();
