/** Set-ups as service provider, from certificates of the sandbox. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  setUpProvider,
  type ProviderInput,
  type ProviderSetup,
} from '@segl/identity/methods/nemid/account-setup';
import { providerOf } from '@segl/identity/methods/nemid/provider';
import type { DoctorFinding } from '@segl/identity/method';
import { setUpAccount } from '@segl/server/application/access/account-setup';
import { listSetupsOf } from '@segl/server/adapters/postgres/accounts/method-setups';
import { methodDeps } from '@segl/server/composition/methods';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { TestApplication } from './server/services.ts';
import { run } from './tools.ts';

export const P12_PASSWORD = 'Pass word1';

/** A PKCS#12 file of a certificate of the sandbox: `voces`, or `person-NAME`. `folder`: the sandbox's. */
export function exportP12(openssl: string, folder: string, holder = 'voces'): Buffer {
  const { keys, certificates } = JSON.parse(readFileSync(join(folder, 'pki.json'), 'utf8')) as {
    keys: Record<string, string>;
    certificates: Record<string, string>;
  };
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const chain = [holder, 'oces-ca'].map((id) => Buffer.from(certificates[id] ?? '', 'base64'));
  const out = join(folder, 'export.p12');
  const { code, output } = run(openssl, [
    ...['pkcs12', '-export', '-inkey', file('export.key', keys[holder] ?? '')],
    ...['-in', file('export.pem', certificatesToPem(chain)), '-passout', `pass:${P12_PASSWORD}`, '-out', out],
  ]);
  if (code !== 0) throw new Error(output);
  return readFileSync(out);
}

/** The set-up of an account as the sandbox has it on record, but for `change`. */
export async function setUp(
  { application }: TestApplication,
  p12: Uint8Array,
  change: Partial<ProviderInput> & { readonly methods?: readonly string[] } = {},
): Promise<readonly DoctorFinding[]> {
  const { db, secrets, clock, eid, config, log } = application.context;
  const { methods, ...more } = change;
  const deps = methodDeps(config, clock, application.packaging, { secrets, log, db: () => db })('nemid');
  const { environment } = providerOf(eid.installation.opened.get('nemid')!).profile;
  const input: ProviderInput = {
    ...{
      service: 'other',
      voces: { p12, password: P12_PASSWORD },
      environment: 'sandbox',
      friendlyName: 'Segl Sandbox',
    },
    ...{ spid: '1', cpr: 'match', sector: 'private' },
    ...more,
  };
  const { service } = input;
  const { catalogue } = eid;
  return setUpAccount({ db, clock, catalogue }, { service, module: 'nemid', methods }, async () => {
    const { setup, findings } = await setUpProvider(deps, environment, input);
    return { setup: { ...setup }, findings };
  });
}

/** What is stored for an account; undefined without a set-up of its own. */
export async function setupOf(
  { application }: TestApplication,
  service: string,
): Promise<ProviderSetup | undefined> {
  const [row] = await listSetupsOf(application.context.db, service);
  return row?.setup as ProviderSetup | undefined;
}
