/** Keeping an eye on the certificates of service providers. */
import { createHash } from 'node:crypto';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { daysLeft, WARNING_DAYS } from '@segl/pki/x509/expiry';
import { claimExpiryWarning, listSetups } from '../../adapters/postgres/accounts/method-setups.ts';
import type { FlowContext } from '../context.ts';
import { moduleNamed } from './method-directory.ts';

/**
 * Warns of certificates that end soon: at 60, 30 and 7 days and on the last one, each once for the whole installation, and
 * again whenever a process starts (`atStart`). Gives how many warnings.
 */
export async function warnOfExpiry(
  { db, clock, log, eid }: Pick<FlowContext, 'db' | 'clock' | 'log' | 'eid'>,
  { atStart = false } = {},
): Promise<number> {
  const now = clock.now();
  const { installation, catalogue } = eid;
  const all = [
    ...[...installation.opened].flatMap(([module, { certificates }]) =>
      certificates.map((der) => ({ whose: `the settings (${module})`, der })),
    ),
    ...(await listSetups(db)).flatMap(({ service, module, setup }) =>
      (moduleNamed(catalogue, module).accounts?.certificates(setup) ?? []).map((der) => ({
        whose: `the account ${service}`,
        der,
      })),
    ),
  ];
  let warned = 0;
  for (const { whose, der } of all) {
    const certificate = parseCertificate(der);
    const left = daysLeft(certificate, now);
    const days = WARNING_DAYS.findLast((limit) => left < limit);
    const sha256 = createHash('sha256').update(der).digest('hex');
    if (days === undefined) continue;
    const isFirst = await claimExpiryWarning(db, { sha256, days }, now);
    if (!isFirst && !atStart) continue;
    warned += 1;
    const about = { whose, expires: certificate.notAfter.toISOString(), days: left };
    if (left < 0)
      log.error(about, 'A certificate of a service provider has expired: nobody can sign. Set a new one.');
    else log.warn(about, 'A certificate of a service provider expires soon. Order a new one and set it.');
  }
  return warned;
}
