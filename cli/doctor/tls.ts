/** The certificate that the service shows to browsers and calling systems. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { readTlsOptions, tlsFiles } from '@segl/server/http/tls';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { cliProblems } from '../problems.ts';
import { failed, guarded, judgeExpiry, note, ok, type Scene } from './finding.ts';

/** TLS_CERT and TLS_KEY: readable, of one another, a chain that clients can follow, current, in the name of PUBLIC_URL. */
export const checkTls = ({ config, clock }: Scene): Promise<Finding[]> =>
  guarded('tls', async () => {
    const files = tlsFiles(config);
    if (!files) return [ok('tls', cliProblems.of('doctor/tls-unset'))];
    await readTlsOptions(files);
    const chain = certificatesFromPem(await readFile(files.certFile, 'utf8'));
    return [
      ok('tls', cliProblems.of('doctor/tls')),
      ...chain.map((der) => judgeExpiry('tls-expiry', parseCertificate(der), clock.now())),
      judgeChain(chain.map((der) => new X509Certificate(der))),
      ...judgeName(new X509Certificate(chain[0]!), config.publicUrl, config.trustedProxies.length > 0),
    ];
  });

const isIssuedBy = (one: X509Certificate, issuer: X509Certificate): boolean =>
  one.checkIssued(issuer) && one.verify(issuer.publicKey);

/** A name on one line. */
const nameOf = (dn: string): string => dn.replaceAll('\n', ', ');

function judgeChain(chain: readonly X509Certificate[]): Finding {
  const check = 'tls-chain';
  const stray = chain.find((one, index) => index < chain.length - 1 && !isIssuedBy(one, chain[index + 1]!));
  if (stray) return failed(check, cliProblems.of('doctor/tls-order', { subject: nameOf(stray.subject) }));
  const last = chain.at(-1)!;
  const known = rootCertificates.map((pem) => new X509Certificate(pem));
  if (known.some((root) => root.raw.equals(last.raw) || isIssuedBy(last, root)))
    return ok(check, cliProblems.of('doctor/tls-public'));
  return isIssuedBy(last, last)
    ? note(check, cliProblems.of('doctor/tls-private', { subject: nameOf(last.subject) }))
    : note(
        check,
        cliProblems.of('doctor/tls-incomplete', {
          subject: nameOf(last.subject),
          issuer: nameOf(last.issuer),
        }),
      );
}

/** Behind a proxy it is the proxy that must know the name. */
function judgeName(own: X509Certificate, publicUrl: string, isBehindProxy: boolean): Finding[] {
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol !== 'https:') return [];
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const fits = isIP(host) === 0 ? own.checkHost(host) : own.checkIP(host);
  if (fits !== undefined) return [ok('tls-name', cliProblems.of('doctor/tls-name', { host }))];
  const found = cliProblems.of('doctor/tls-other-name', { host });
  return [isBehindProxy ? note('tls-name', found) : failed('tls-name', found)];
}
