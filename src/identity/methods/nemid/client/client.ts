/** What signing and logging in have in common: how the client is addressed, and what its answers tell. */
import { nemidProblems } from '../problems.ts';
import { createHash } from 'node:crypto';
import type { SignerIdentity } from '../../../evidence-words.ts';
import { readErrorCode } from './error-codes.ts';
import { propertyText } from '../evidence/message.ts';
import type { VerifiedNative } from '../evidence/verify.ts';

/** The attribute that only employees have. */
export const RID = 'rid';

/** Cryptographically strong random bytes. */
export type Random = (bytes: number) => Uint8Array;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The client's address ends in a random whole number, so that no cache answers. */
export const launcherUrl = (clientUrl: string, random: Random): string =>
  `${clientUrl}/launcher/lmt/${Buffer.from(random(6)).readUIntBE(0, 6)}`;

export const newChallenge = (random: Random): string => Buffer.from(random(16)).toString('hex');

/** LANGUAGE for the language of a page. */
export const clientLanguage = (language: string): 'EN' | 'DA' => (/^en\b/i.test(language) ? 'EN' : 'DA');

/**
 * What the client posted: base64 of the message or of an error code. Nothing at all is how a client ends that the
 * signer has closed. Throws NATIVE_SIGNATURE_REFUSED for what is neither.
 */
export function decodeResponse(response: string): { code: string } | { message: Uint8Array } {
  const compact = response.replace(/\s+/g, '');
  if (compact === '') return { code: 'CAN002' };
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw nemidProblems.error('NATIVE_SIGNATURE_REFUSED', {
      check: 'message',
      why: nemidProblems.of('nemid/not-base64'),
    });
  }
  const message = Buffer.from(compact, 'base64');
  const error = message.length <= 32 ? readErrorCode(message.toString('latin1')) : undefined;
  return error ? { code: error.code } : { message };
}

/** An employee is known by company and RID together: the RID alone is one in its company only. */
export function signerOf({ message: { leaf }, identity }: VerifiedNative): SignerIdentity {
  const { type, cvr = '', organization } = identity;
  return {
    displayName: identity.commonName,
    uniqueId: type === 'MOCES' ? identity.serialNumber : identity.identifier,
    attributes: [
      { name: 'CN', value: identity.commonName },
      { name: 'serialNumber', value: identity.serialNumber },
      ...(type === 'MOCES'
        ? [
            { name: RID, value: identity.identifier },
            { name: 'organisation-id', value: cvr },
            ...(organization === undefined ? [] : [{ name: 'organisation-name', value: organization }]),
          ]
        : []),
    ],
    subjectDn: leaf.subjectDn,
    issuerDn: leaf.issuerDn,
  };
}

/** Facts for the audit trail. */
export function factsOf(
  native: Uint8Array,
  { message, identity, ocspUrls, crlUrls }: VerifiedNative,
): Record<string, string> {
  const clientTime = propertyText(message, 'timestamp');
  return {
    'certificate-type': identity.type,
    'certificate-serial-number': message.leaf.serialNumber,
    'certificate-sha256': message.leaf.fingerprint,
    'signature-algorithm': message.signatureAlgorithm,
    'native-sha256': sha256(native),
    'ocsp-url': ocspUrls.join(' '),
    'crl-url': crlUrls.join(' '),
    ...(clientTime ? { 'client-time-stamp': clientTime } : {}),
  };
}
