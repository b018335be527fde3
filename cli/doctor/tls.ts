/** The certificate that the service shows to browsers and calling systems. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { readTlsOptions, tlsFiles } from '@segl/server/http/tls';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { failed, guarded, judgeExpiry, note, ok, type Scene } from './finding.ts';

/** TLS_CERT and TLS_KEY: readable, of one another, a chain that clients can follow, current, in the name of PUBLIC_URL. */
export const checkTls = ({ config, clock }: Scene): Promise<Finding[]> =>
  guarded('tls', async () => {
    const files = tlsFiles(config);
    if (!files) return [ok('tls', 'TLS_CERT is not set: the service speaks http.')];
    await readTlsOptions(files);
    const chain = certificatesFromPem(await readFile(files.certFile, 'utf8'));
    return [
      ok('tls', 'The key belongs to the certificate.'),
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
  if (stray) {
    const text = `The certificate of ${nameOf(stray.subject)} is not followed by its issuer's.`;
    return failed(check, text, 'Put them into TLS_CERT in this order: own first, then each issuer.');
  }
  const last = chain.at(-1)!;
  const known = rootCertificates.map((pem) => new X509Certificate(pem));
  if (known.some((root) => root.raw.equals(last.raw) || isIssuedBy(last, root)))
    return ok(check, 'It leads to a public authority.');
  return isIssuedBy(last, last)
    ? note(
        check,
        `It leads to ${nameOf(last.subject)}, which is no public authority.`,
        'Let browsers and calling systems trust that authority, or take a certificate of a public one.',
      )
    : note(
        check,
        `It ends at ${nameOf(last.subject)}; its issuer, ${nameOf(last.issuer)}, is no public authority.`,
        'Add the missing certificates to TLS_CERT; an authority of your own must be trusted by those who call.',
      );
}

/** Behind a proxy it is the proxy that must know the name. */
function judgeName(own: X509Certificate, publicUrl: string, isBehindProxy: boolean): Finding[] {
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol !== 'https:') return [];
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const fits = isIP(host) === 0 ? own.checkHost(host) : own.checkIP(host);
  if (fits !== undefined) return [ok('tls-name', `It is for ${host}.`)];
  const text = `It is not for ${host}, the host of PUBLIC_URL.`;
  const todo = `Take a certificate with the name ${host}, or correct PUBLIC_URL.`;
  return [isBehindProxy ? note('tls-name', text, todo) : failed('tls-name', text, todo)];
}
