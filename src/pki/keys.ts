/** Signing keys held as files. */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { keyProblem } from '../ades/signature-algorithm.ts';
import type { SigningKey } from '../ades/signing-key.ts';
import { SeglError } from '../errors.ts';
import { parseCertificate } from './certificate.ts';
import { certificatesFromPem } from './pem.ts';

const invalid = (why: string, cause?: unknown): SeglError => new SeglError('KEY_INVALID', { why }, { cause });

/**
 * A key from PEM texts: the private key (PKCS#8, PKCS#1 or SEC 1, not encrypted), and its certificate followed by
 * its chain, issuer first. Throws KEY_INVALID {why}, PEM_INVALID {why}, ASN1_INVALID {why}.
 */
export function loadPemKey(keyPem: string, chainPem: string): SigningKey {
  const [certificate, ...chain] = certificatesFromPem(chainPem);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(keyPem);
  } catch (cause) {
    throw invalid('the private key cannot be read (an encrypted one must be decrypted first)', cause);
  }
  return createSigningKey({ privateKey, certificate: certificate!, chain });
}

/**
 * A key at hand with its path, DER. Checks that the key belongs to the certificate, that it is RSA (2048 bits and
 * up) or P-256, and that each certificate was issued by the next. Signs off the main thread. Throws KEY_INVALID.
 */
export function createSigningKey(input: {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
}): SigningKey {
  const { privateKey } = input;
  const certificate = parseCertificate(input.certificate);
  const chain = input.chain.map(parseCertificate);
  if (!createPublicKey(privateKey).equals(certificate.publicKey)) {
    throw invalid(`it does not belong to the certificate of ${certificate.subjectDn}`);
  }
  const algorithm = algorithmOf(certificate.publicKey);
  if (chain.length === 0) throw invalid("the issuer's certificate is missing");
  [certificate, ...chain].forEach((one, index, path) => {
    const issuer = path[index + 1];
    if (issuer && !one.isIssuedBy(issuer)) {
      throw invalid(`the certificate of ${one.subjectDn} is not followed by its issuer's`);
    }
  });
  return {
    algorithm,
    certificate: certificate.der,
    chain: chain.map(({ der }) => der),
    sign: (data) =>
      new Promise((resolve, reject) => {
        sign('sha256', data, privateKey, (error, signature) => {
          if (error) reject(error);
          else resolve(Uint8Array.from(signature));
        });
      }),
  };
}

function algorithmOf(key: KeyObject): SigningKey['algorithm'] {
  const weak = keyProblem(key);
  if (weak) throw invalid(weak);
  if (key.asymmetricKeyType === 'rsa') return 'RSA';
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'EC-P256';
  throw invalid('only RSA and P-256 keys are used');
}
