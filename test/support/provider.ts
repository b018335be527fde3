/** Set-ups as service provider, from certificates of the sandbox. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUpProvider, type ProviderInput } from '@segl/server/application/access/provider-setup';
import type { Finding } from '@segl/server/application/access/provider-check';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { TestHouse } from './house.ts';
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
export function setUp(
  { house }: TestHouse,
  p12: Uint8Array,
  change: Partial<ProviderInput> = {},
): Promise<Finding[]> {
  const { db, secrets, clock, eid } = house.context;
  return setUpProvider(
    { db, secrets, clock, installation: eid.installation.profile.environment },
    {
      ...{
        service: 'other',
        voces: { p12, password: P12_PASSWORD },
        environment: 'sandbox',
        friendlyName: 'Segl Sandbox',
      },
      ...{ spid: '1', cpr: 'match', sector: 'private' },
      ...change,
    },
    ['nemid-sign', 'nemid'],
  );
}
