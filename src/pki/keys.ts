/** Signing keys held as files. */
import { constants, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
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
 * up) or P-256, and that each certificate was issued by the next. `pss`: an RSA key signs by RSASSA-PSS, as one does
 * whose certificate allows nothing else. Signs off the main thread. Throws KEY_INVALID.
 */
export function createSigningKey(input: {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly pss?: boolean;
}): SigningKey {
  const { privateKey } = input;
  const certificate = parseCertificate(input.certificate);
  const chain = input.chain.map(parseCertificate);
  if (!createPublicKey(privateKey).equals(certificate.publicKey)) {
    throw invalid(`it does not belong to the certificate of ${certificate.subjectDn}`);
  }
  const algorithm = algorithmOf(certificate.publicKey, input.pss ?? false);
  const key =
    algorithm === 'RSA-PSS'
      ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : privateKey;
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
        sign('sha256', data, key, (error, signature) => {
          if (error) reject(error);
          else resolve(Uint8Array.from(signature));
        });
      }),
  };
}

function algorithmOf(key: KeyObject, pss: boolean): SigningKey['algorithm'] {
  const weak = keyProblem(key);
  if (weak) throw invalid(weak);
  if (key.asymmetricKeyType === 'rsa') return pss ? 'RSA-PSS' : 'RSA';
  if (key.asymmetricKeyType === 'rsa-pss') return 'RSA-PSS';
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'EC-P256';
  throw invalid('only RSA and P-256 keys are used');
}
