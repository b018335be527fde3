/** Keys of the client, as the Web Cryptography API wants them. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CryptoKey } from 'openid-client';
import { privateKeyFromPem } from '@segl/pki/keys/keys';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { oidcProblems } from './problems.ts';

const PARAMETERS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  'RSA-OAEP-256': { name: 'RSA-OAEP', hash: 'SHA-256' },
} as const;

export type KeyAlgorithm = keyof typeof PARAMETERS;

const fits = (key: KeyObject, algorithm: KeyAlgorithm): boolean =>
  algorithm === 'ES256'
    ? key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    : key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;

const wrong = (problem: Problem, cause?: unknown): SeglError =>
  oidcProblems.error('CONFIG_INVALID', { problems: [problem] }, { cause });

/**
 * A private key from a PEM file. `algorithm` absent: what fits the key. Throws CONFIG_INVALID; what is in the file is never
 * quoted.
 */
export async function openClientKey(
  provider: string,
  file: string,
  algorithm?: KeyAlgorithm,
): Promise<CryptoKey> {
  return (await importKey(provider, file, algorithm)).key;
}

/** A key that requests are signed with, and its public half as others find it. */
export interface SigningKey {
  readonly key: CryptoKey;
  readonly kid?: string;
  readonly alg: KeyAlgorithm;
  /** JWKS. */
  readonly published: Uint8Array;
}

/** The same of a key to sign with. Throws CONFIG_INVALID. */
export async function openSigningKey(
  provider: string,
  file: string,
  { algorithm, kid }: { readonly algorithm?: KeyAlgorithm; readonly kid?: string },
): Promise<SigningKey> {
  const { key, alg, source } = await importKey(provider, file, algorithm);
  const about = { ...(kid !== undefined && { kid }), alg, use: 'sig' };
  const jwk = { ...createPublicKey(source).export({ format: 'jwk' }), ...about };
  return {
    ...{ key, alg, published: Buffer.from(JSON.stringify({ keys: [jwk] })) },
    ...(kid !== undefined && { kid }),
  };
}

async function importKey(
  provider: string,
  file: string,
  algorithm?: KeyAlgorithm,
): Promise<{ readonly key: CryptoKey; readonly alg: KeyAlgorithm; readonly source: KeyObject }> {
  const key = await readPrivateKey(provider, file);
  const chosen = algorithm ?? (key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256');
  if (!fits(key, chosen)) throw wrong(oidcProblems.of('oidc/key-algorithm', { provider, algorithm: chosen }));
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const use = chosen === 'RSA-OAEP-256' ? 'decrypt' : 'sign';
  return {
    key: await crypto.subtle.importKey('pkcs8', der, PARAMETERS[chosen], false, [use]),
    ...{ alg: chosen, source: key },
  };
}

async function readPrivateKey(provider: string, file: string): Promise<KeyObject> {
  try {
    return privateKeyFromPem(await readFileOf(provider, file));
  } catch (error) {
    if (!isSeglError(error, 'KEY_INVALID')) throw error;
    throw wrong(oidcProblems.of('oidc/key', { provider, why: reasonOf(error) }), error);
  }
}

/** The text of a file that a setting names. Throws CONFIG_INVALID. */
export async function readFileOf(provider: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const said = (error as NodeJS.ErrnoException).code ?? 'EIO';
    throw wrong(
      oidcProblems.of('oidc/file', { provider, file, why: generalProblems.of('foreign/said', { said }) }),
      error,
    );
  }
}
