/** Signing keys at hand, and what every signing key has to be. */
import { constants, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { keyProblem } from '../algorithms/signature-algorithm.ts';
import type { SigningKey } from '../algorithms/signing-key.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '../x509/certificate.ts';
import { certificatesFromPem } from '../x509/pem.ts';

export const invalidKey = (why: Problem, cause?: unknown): SeglError =>
  pkiProblems.error('KEY_INVALID', { why }, { cause });

/**
 * A key from PEM texts: the private key (PKCS#8, PKCS#1 or SEC 1, encrypted or not), and its certificate followed by
 * its chain, issuer first. `password` opens an encrypted one. Throws KEY_INVALID {why}, PEM_INVALID {why}, ASN1_INVALID {why}.
 */
export function loadPemKey(
  keyPem: string,
  chainPem: string,
  options: { readonly password?: string | undefined; readonly pss?: boolean } = {},
): SigningKey {
  const { password, pss = false } = options;
  const [certificate, ...chain] = certificatesFromPem(chainPem);
  return createSigningKey({
    privateKey: privateKeyFromPem(keyPem, password),
    certificate: certificate!,
    chain,
    pss,
  });
}

/** Throws KEY_INVALID; what is in the text is never quoted. */
export function privateKeyFromPem(pem: string, password?: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(password !== undefined && { passphrase: password }) });
  } catch (cause) {
    const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
    if (!encrypted) throw invalidKey(pkiProblems.of('key/private-unreadable'), cause);
    if (password === undefined) throw invalidKey(pkiProblems.of('key/password-missing'), cause);
    throw invalidKey(pkiProblems.of('key/password-wrong'), cause);
  }
}

/**
 * A key at hand with its path, DER. Checks that the key belongs to the certificate, that it is RSA (2048 bits and
 * up) or P-256, and that each certificate was issued by the next. `pss`: an RSA key signs by RSASSA-PSS, as one does
 * whose certificate allows nothing else. Throws KEY_INVALID.
 */
export function createSigningKey(input: {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly pss?: boolean;
}): SigningKey {
  const { privateKey } = input;
  const certificate = parseCertificate(input.certificate);
  if (!createPublicKey(privateKey).equals(certificate.publicKey)) throw notOf(certificate);
  const algorithm = signingAlgorithmOf(certificate, input.pss ?? false);
  const key =
    algorithm === 'RSA-PSS'
      ? {
          key: privateKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : privateKey;
  return {
    algorithm,
    ...checkedPath(certificate, input.chain),
    sign: isQuick(certificate.publicKey)
      ? async (data, hash = 'sha256') => sign(hash, data, key)
      : (data, hash = 'sha256') =>
          new Promise((resolve, reject) => {
            sign(hash, data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
          }),
  };
}

/**
 * Whether a signature takes less than half a millisecond: to hand it to another thread and wait for it takes as long as the
 * signature itself. Larger RSA keys take milliseconds, in which the rest of the service goes on.
 */
const isQuick = ({ asymmetricKeyDetails }: KeyObject): boolean =>
  (asymmetricKeyDetails?.modulusLength ?? 0) <= 2048;

export const notOf = ({ subjectDn }: Certificate): SeglError =>
  invalidKey(pkiProblems.of('key/other-certificate', { subject: subjectDn }));

/** Certificate and chain as a SigningKey has them. Throws KEY_INVALID unless each was issued by the next. */
export function checkedPath(
  certificate: Certificate,
  others: readonly Uint8Array[],
): Pick<SigningKey, 'certificate' | 'chain'> {
  const chain = others.map(parseCertificate);
  if (chain.length === 0) throw invalidKey(pkiProblems.of('key/issuer-missing'));
  [certificate, ...chain].forEach((one, index, path) => {
    const issuer = path[index + 1];
    if (issuer && !one.isIssuedBy(issuer)) {
      throw invalidKey(pkiProblems.of('key/chain-broken', { subject: one.subjectDn }));
    }
  });
  return { certificate: certificate.der, chain: chain.map(({ der }) => der) };
}

/** How the key of a certificate signs. Throws KEY_INVALID for keys that are too weak or of another kind. */
export function signingAlgorithmOf({ publicKey: key }: Certificate, pss: boolean): SigningKey['algorithm'] {
  const weak = keyProblem(key);
  if (weak) throw invalidKey(weak);
  if (key.asymmetricKeyType === 'rsa') return pss ? 'RSA-PSS' : 'RSA';
  if (key.asymmetricKeyType === 'rsa-pss') return 'RSA-PSS';
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'EC-P256';
  throw invalidKey(pkiProblems.of('key/algorithm-unused'));
}
