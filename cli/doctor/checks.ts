/** What `segl doctor` looks at. Each check finds what it can and changes nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { verifyTimeStampToken } from '../../src/ades/timestamp.ts';
import type { Clock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { isSeglError } from '../../src/errors.ts';
import { askProvider, daysLeft, judgeProfile, type Finding } from '../../src/flow/provider-check.ts';
import { openNemIdAccount } from '../../src/flow/nemid-account.ts';
import { profileOf } from '../../src/flow/providers.ts';
import { openSeal, type Installation } from '../../src/main.ts';
import { parseCertificate, type Certificate } from '../../src/pki/certificate.ts';
import { certificatesFromPem } from '../../src/pki/pem.ts';
import { createTimestamper } from '../../src/pki/tsa.ts';
import { validateCertificate } from '../../src/pki/validate.ts';
import { openSecretBox } from '../../src/secrets.ts';
import { listProviders } from '../../src/store/providers.ts';
import { countOutbox } from '../../src/store/outbox.ts';
import { withDatabase } from '../store.ts';

export interface Scene {
  readonly config: Config;
  readonly clock: Clock;
}

/** Clocks that differ by more than this are worth a look; time-stamps are refused at five minutes. */
const SKEW_MS = 10_000;
const SPACE = { failed: 1 << 28, note: 5 * 2 ** 30 } as const;
const SMTP_TIMEOUT_MS = 10_000;

const ok = (check: string, text: string): Finding => ({ check, verdict: 'ok', text });
const note = (check: string, text: string, todo: string): Finding => ({ check, verdict: 'note', text, todo });
const failed = (check: string, text: string, todo: string): Finding => ({
  check,
  verdict: 'failed',
  text,
  todo,
});

/** What a check throws is what it found. */
export async function guarded(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (isSeglError(error)) return [failed(check, error.text, error.todo)];
    const { code, message } = error as NodeJS.ErrnoException;
    return [failed(check, `It fails: ${code ?? message}.`, 'Correct that, and run segl doctor again.')];
  }
}

/** The end of a certificate: 60 days ahead it is worth a look. */
export function judgeExpiry(check: string, certificate: Certificate, now: Date): Finding {
  const until = certificate.notAfter.toISOString().slice(0, 10);
  const whose = certificate.commonName ?? certificate.subjectDn;
  if (now > certificate.notAfter)
    return failed(check, `${whose} expired on ${until}.`, 'Put a new certificate in its place.');
  if (now < certificate.notBefore)
    return failed(check, `${whose} is not valid yet.`, 'Check the clock of this machine.');
  const days = daysLeft(certificate, now);
  const text = `${whose} expires on ${until}, in ${days} days.`;
  return days < 60
    ? note(check, text, days < 7 ? 'Renew it today.' : 'Order a new one now.')
    : ok(check, text);
}

export const checkSeal = ({ config, clock }: Scene, { parts }: Installation): Promise<Finding[]> =>
  guarded('seal', async () => {
    const { key, anchors, close } = await openSeal(config);
    try {
      await key.sign(randomBytes(32));
      const now = clock.now();
      const chain = [key.certificate, ...key.chain].map(parseCertificate);
      const status = await guarded('seal-status', async () => {
        const { certificate: leaf, chain: intermediates } = key;
        await validateCertificate({ leaf, intermediates, anchors, at: now, revocation: parts.revocation });
        return [ok('seal-status', 'Its path ends at SEAL_TRUST_FILE, and its issuer says that it is good.')];
      });
      return [
        ok('seal', `The key signs (${key.algorithm}).`),
        ...chain.map((one) => judgeExpiry('seal-expiry', one, now)),
        ...(key.algorithm === 'RSA'
          ? [
              note(
                'seal-algorithm',
                'RSA with PKCS#1 v1.5 counts as good only until the end of 2028.',
                'Set SEAL_RSA_PSS=on (3000 bits and up), or take a P-256 key for the next certificate.',
              ),
            ]
          : []),
        ...status,
      ];
    } finally {
      await close();
    }
  });

export async function checkTsa({ config, clock }: Scene, { parts, post }: Installation): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const url of config.tsaUrl ?? []) {
    const one = await guarded('tsa', async () => {
      const anchors = certificatesFromPem(await readFile(config.tsaTrustFile ?? '', 'utf8'));
      const stamp = createTimestamper({ url, anchors, post, clock, revocation: parts.revocation });
      const digest = createHash('sha256').update(randomBytes(32)).digest();
      const { genTime, certificate } = verifyTimeStampToken(await stamp(digest), digest);
      const skew = Math.abs(genTime.getTime() - clock.now().getTime());
      const told = `It is ${Math.round(skew / 1000)} s off the clock of ${new URL(url).host}.`;
      return [
        ok('tsa', `${new URL(url).host} gives good time-stamps.`),
        judgeExpiry('tsa-expiry', parseCertificate(certificate), clock.now()),
        skew > SKEW_MS ? note('clock', told, 'Let NTP set the clock of this machine.') : ok('clock', told),
      ];
    });
    findings.push(...one);
  }
  if (findings.length === 0)
    findings.push(failed('tsa', 'TSA_URL is not set.', 'Name a time-stamp authority.'));
  return findings;
}

/** The set-ups of the settings and of every account, and the queue. The database must be there. */
export const checkDatabase = ({ config, clock }: Scene, installation: Installation): Promise<Finding[]> =>
  guarded('database', () =>
    withDatabase(config, async (db) => {
      const [row] = await db.query<{ version: string; number: number; at: Date }>(
        `select current_setting('server_version') as version, current_setting('server_version_num')::int as number, now() as at`,
      );
      const { version = '', number = 0 } = row ?? {};
      const findings = [
        number >= 130_000
          ? ok('database', `PostgreSQL ${version} answers, its tables are current.`)
          : failed('database', `PostgreSQL ${version} is too old.`, 'Use PostgreSQL 13 or later.'),
      ];
      const stuck = (await countOutbox(db)).filter((queue) => queue.failed > 0);
      findings.push(
        stuck.length === 0
          ? ok('queue', 'No job was given up.')
          : note(
              'queue',
              `Jobs were given up: ${stuck.map((one) => `${one.failed} of ${one.queue}`).join(', ')}.`,
              'Look for their errors in the log.',
            ),
      );
      const box = await openSecretBox(config);
      for (const provider of await listProviders(db)) {
        const check = `provider ${provider.service}`;
        const found = await guarded(check, async () => {
          const { parts, account: own } = installation;
          const account = openNemIdAccount(profileOf(provider, box, own.profile.environment), parts);
          try {
            const judged = judgeProfile(account.profile, provider.sector, clock);
            return [...judged, ...(await askProvider(account, parts.revocation, clock))];
          } finally {
            await account.close();
          }
        });
        findings.push(...found.map((one) => ({ ...one, check: `${provider.service}: ${one.check}` })));
      }
      return findings;
    }),
  );

export const checkProvider = (
  { clock }: Scene,
  { account, sector, parts }: Installation,
): Promise<Finding[]> =>
  guarded('provider', async () =>
    [
      ...judgeProfile(account.profile, sector, clock),
      ...(await askProvider(account, parts.revocation, clock)),
    ].map((one) => ({ ...one, check: `voces: ${one.check}` })),
  );

export const checkDisk = ({ config }: Scene): Promise<Finding[]> =>
  guarded('disk', async () => {
    const path = join(config.dataDir, `doctor-${randomBytes(6).toString('hex')}`);
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile('segl doctor');
      await file.sync();
      await file.close();
    } catch (error) {
      const text = `${config.dataDir} cannot be written (${(error as NodeJS.ErrnoException).code ?? ''}).`;
      return [failed('disk', text, 'Give the user of the service that folder, or set another DATA_DIR.')];
    } finally {
      await rm(path, { force: true });
    }
    const { bavail, bsize } = await statfs(config.dataDir);
    const free = bavail * bsize;
    const text = `${config.dataDir} can be written; ${(free / 2 ** 30).toFixed(1)} GB are free.`;
    if (free < SPACE.failed) return [failed('disk', text, 'Make room at once: nothing can be stored soon.')];
    return [free < SPACE.note ? note('disk', text, 'Make room, or move DATA_DIR.') : ok('disk', text)];
  });

/** Says hello to the mail server, and logs in where the URL has a user; sends nothing. */
export const checkMail = ({ config }: Scene): Promise<Finding[]> =>
  guarded('mail', async () => {
    if (config.smtpUrl === undefined) return [ok('mail', 'SMTP_URL is not set: no mail is sent.')];
    const wait = SMTP_TIMEOUT_MS;
    const times = { connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait };
    const transport = createTransport({ url: config.smtpUrl, ...times });
    try {
      await transport.verify();
      return [ok('mail', 'The mail server answers.')];
    } catch (error) {
      const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
      const text = `The mail server cannot be used (${responseCode ?? code}).`;
      return [failed('mail', text, 'Check SMTP_URL: host, port, user and password, TLS.')];
    } finally {
      transport.close();
    }
  });

export const checkPublicUrl = ({ config }: Scene): Promise<Finding[]> =>
  guarded('public-url', async () => {
    const { publicUrl } = config;
    const answer = await fetch(`${publicUrl}/health`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    if (!answer?.ok) {
      const how = answer ? `answers ${answer.status}` : 'does not answer';
      return [
        failed('public-url', `${publicUrl} ${how}.`, 'Start the service; check PUBLIC_URL, proxy and DNS.'),
      ];
    }
    const { protocol, hostname } = new URL(publicUrl);
    return [
      protocol === 'https:' || hostname === 'localhost'
        ? ok('public-url', `${publicUrl} answers.`)
        : note(
            'public-url',
            `${publicUrl} answers, without https.`,
            'Serve it over https (TLS_CERT or a proxy).',
          ),
    ];
  });
