/** The login service, where it is on: the key that it asserts with, and who says so. */
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { openKey } from '../adapters/keys/key-source.ts';
import { readAnchors } from './seal.ts';
import type { Config } from '../config/config.ts';

/** Settings that it needs; a PKCS#12 file brings its chain along. */
export const LOGIN_SETTINGS = ['loginKeyFile'] as const;

export interface LoginIdentity {
  readonly key: SigningKey;
  /** Of SAML 1.1. */
  readonly issuer: string;
  /** DER: certificates that clients are to know besides, while one takes the place of another. */
  readonly others: readonly Uint8Array[];
  close(): Promise<void>;
}

/** Undefined where the service is off. Throws what `openKey` throws. */
export async function openLoginIdentity(config: Config): Promise<LoginIdentity | undefined> {
  const { loginService, loginKeyFile, loginKeyPasswordFile, loginChainFile, loginIssuer, publicUrl } = config;
  const { loginOtherCertificatesFile: file } = config;
  if (!loginService || loginKeyFile === undefined) return undefined;
  const others = file === undefined ? [] : await readAnchors(file);
  const { key, close } = await openKey({
    key: loginKeyFile,
    passwordFile: loginKeyPasswordFile,
    chainFile: loginChainFile,
  });
  // what clients of the contract read; the calendar of algorithms is about evidence that has to last
  return { key: { ...key, hash: 'sha256' }, issuer: loginIssuer ?? `${publicUrl}/std`, others, close };
}
