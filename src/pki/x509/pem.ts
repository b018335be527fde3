/** PEM (RFC 7468) bundles of certificates and the DER inside. */
import { pkiProblems } from '../problems.ts';

const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/** DER of every certificate in a PEM text, in order; text between them is ignored. Throws PEM_INVALID if none. */
export function certificatesFromPem(pem: string): Uint8Array[] {
  const found = [...pem.matchAll(block)].map(([, base64]) => Uint8Array.from(Buffer.from(base64!, 'base64')));
  const announced = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (found.length === 0)
    throw pkiProblems.error('PEM_INVALID', { why: pkiProblems.of('pem/no-certificate') });
  if (found.length !== announced)
    throw pkiProblems.error('PEM_INVALID', { why: pkiProblems.of('pem/certificate-damaged') });
  return found;
}

/** One PEM text of DER certificates, in order. */
export const certificatesToPem = (certificates: readonly Uint8Array[]): string =>
  certificates
    .map((der) => {
      const lines = Buffer.from(der)
        .toString('base64')
        .replace(/(.{64})(?=.)/g, '$1\n');
      return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
