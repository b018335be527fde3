/** Keys of the providers and of the client that the service is to them, made once and kept. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeAtomically } from '../../world/json-file.ts';

export interface OidcKeys {
  /** PEM, of the providers' tokens. */
  readonly token: string;
  readonly clientSecret: string;
  /** PEM, of the client where it is known by a key. */
  readonly clientSigning: string;
  readonly clientDecryption: string;
}

const rsa = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

export const newTokenKey = rsa;

/** What was made before, or new ones. */
export async function openOidcKeys(file: string): Promise<OidcKeys> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as OidcKeys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const keys = {
    token: rsa(),
    clientSecret: randomBytes(32).toString('base64url'),
    clientSigning: rsa(),
    clientDecryption: rsa(),
  };
  await writeAtomically(file, JSON.stringify(keys), 0o600);
  return keys;
}

/** The public half as a JWK. */
export const publicJwk = (pem: string, about: object): Record<string, unknown> => ({
  ...createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' }),
  ...about,
});

/** Both halves. */
export const privateJwk = (pem: string, about: object): Record<string, unknown> => ({
  ...createPrivateKey(pem).export({ format: 'jwk' }),
  ...about,
});
