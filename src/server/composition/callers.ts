/** Who may call: passwords, and certificates of calling systems where they are in use. */
import type { OpenedModule } from '@segl/identity/method';
import { openEnvironment, readOcesSettings } from '@segl/identity/oces/settings';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import { CallerGate, type AccountCheck } from '../application/access/callers.ts';
import { callerSettings, type CallerSettings } from '../application/access/caller-settings.ts';
import { Authenticator } from '../adapters/postgres/accounts/accounts.ts';
import { listCallers } from '../adapters/postgres/accounts/callers.ts';
import type { Config } from '../config/config.ts';
import type { FlowContext } from '../application/context.ts';
import { certificateHeader } from '../http/callers/headers.ts';

/** Undefined where certificates of callers are not in use. `own`: whose issuers are known besides. Throws CONFIG_INVALID. */
export async function readCallers(
  config: Config,
  own: ReadonlyMap<string, OpenedModule>,
): Promise<CallerSettings | undefined> {
  certificateHeader(config.callerCertHeader);
  if (config.clientCertificates === 'off') return undefined;
  const issuers = [...own.values()].flatMap((module) => module.issuers);
  return callerSettings(config, await openEnvironment(readOcesSettings(config.variables)), issuers);
}

/** What checks each call. */
export async function openAccountCheck(
  callers: CallerSettings | undefined,
  {
    db,
    clock,
    log,
    revocation,
  }: Pick<FlowContext, 'db' | 'clock' | 'log'> & { revocation: RevocationService },
): Promise<AccountCheck> {
  const passwords = new Authenticator(db);
  if (callers) return new CallerGate({ passwords, ...callers, revocation, db, clock, log });
  if ((await listCallers(db)).length > 0) {
    log.warn('CLIENT_CERTIFICATES=off: there are callers, but passwords alone count');
  }
  return passwords;
}
