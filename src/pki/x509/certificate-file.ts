/** Files with certificates, as authorities hand them out: PEM or DER. */
import { parseCertificate } from './certificate.ts';
import { certificatesFromPem } from './pem.ts';

/** DER of every certificate of a file, each of them readable. Throws PEM_INVALID, ASN1_INVALID. */
export function readCertificates(bytes: Uint8Array): Uint8Array[] {
  const isDer = bytes[0] === 0x30;
  const found = isDer ? [Uint8Array.from(bytes)] : certificatesFromPem(Buffer.from(bytes).toString('latin1'));
  for (const der of found) void parseCertificate(der).publicKey;
  return found;
}
