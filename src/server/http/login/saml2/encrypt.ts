/** EncryptedAssertion (XML Encryption 1.1): AES-256-GCM under a key of its own, which goes to the service provider by RSA-OAEP. */
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import { DS } from '@segl/ades/xml/algorithms';
import { base64Element, element } from '@segl/ades/xml/canonical-text';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { ASSERTION } from './words.ts';

const ENCRYPTION = 'http://www.w3.org/2001/04/xmlenc#';
const IV_BYTES = 12;

const cipherValue = (bytes: Uint8Array): string =>
  element('xenc:CipherData', {}, base64Element('xenc:CipherValue', bytes));

const method = (algorithm: string, ...content: string[]): string =>
  element('xenc:EncryptionMethod', { Algorithm: algorithm }, ...content);

/** `certificate`: DER, of an RSA key. */
export function encryptAssertion(assertion: string, certificate: Uint8Array): string {
  const [key, iv] = [randomBytes(32), randomBytes(IV_BYTES)];
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const encrypted = Buffer.concat([
    iv,
    cipher.update(assertion, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const wrapped = publicEncrypt(
    {
      key: parseCertificate(certificate).publicKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha1',
    },
    key,
  );
  const oaep = method(
    `${ENCRYPTION}rsa-oaep-mgf1p`,
    element('ds:DigestMethod', { Algorithm: `${DS}sha1`, 'xmlns:ds': DS }),
  );
  return element(
    'saml:EncryptedAssertion',
    { 'xmlns:saml': ASSERTION },
    element(
      'xenc:EncryptedData',
      { 'xmlns:xenc': ENCRYPTION, Type: `${ENCRYPTION}Element` },
      method('http://www.w3.org/2009/xmlenc11#aes256-gcm'),
      element('ds:KeyInfo', { 'xmlns:ds': DS }, element('xenc:EncryptedKey', {}, oaep, cipherValue(wrapped))),
      cipherValue(encrypted),
    ),
  );
}
