/** Finds the signer's certificate among those of a message. */
import { nemidProblems } from '../problems.ts';
import { createHash } from 'node:crypto';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { refused } from '../refusal.ts';

/** Real messages list three certificates; a bundle of hundreds was made to keep us busy. */
export const MAX_CERTIFICATES = 10;

/** Authorities come again in message after message, so they are remembered. Oldest first. */
const authorities = new Map<string, Certificate>();
const MAX_AUTHORITIES = 64;

/** Parses the certificates of a message. Throws NATIVE_SIGNATURE_REFUSED {check: signer-certificate}. */
export function readCertificates(ders: readonly Uint8Array[]): Certificate[] {
  if (ders.length > MAX_CERTIFICATES) {
    throw refused(
      'signer-certificate',
      nemidProblems.of('nemid/too-many-certificates', { limit: MAX_CERTIFICATES }),
    );
  }
  return ders.map(readCertificate);
}

function readCertificate(der: Uint8Array): Certificate {
  const key = createHash('sha256').update(der).digest('base64');
  const known = authorities.get(key);
  if (known) return known;
  const certificate = parse(der);
  if (certificate.isCa) {
    authorities.set(key, certificate);
    for (const oldest of authorities.keys()) {
      if (authorities.size <= MAX_AUTHORITIES) break;
      authorities.delete(oldest);
    }
  }
  return certificate;
}

function parse(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    throw refused('signer-certificate', nemidProblems.of('nemid/certificate-unreadable'), error);
  }
}

/**
 * The leaf by what it is, since clients list certificates in any order: the one for signatures that is no CA. The same
 * certificate may stand there twice. Throws NATIVE_SIGNATURE_REFUSED {check: signer-certificate}.
 */
export function pickLeaf(certificates: readonly Certificate[]): Certificate {
  const candidates = certificates.filter(
    ({ isCa, keyUsage }) => !isCa && keyUsage?.has('digitalSignature') && !keyUsage.has('cRLSign'),
  );
  const [leaf] = candidates;
  if (!leaf) throw refused('signer-certificate', nemidProblems.of('nemid/no-signer-certificate'));
  if (candidates.some(({ fingerprint }) => fingerprint !== leaf.fingerprint)) {
    throw refused('signer-certificate', nemidProblems.of('nemid/signer-certificates'));
  }
  return leaf;
}
