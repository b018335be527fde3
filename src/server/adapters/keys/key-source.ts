/** Where signing keys come from: PEM, PKCS#12, or a security module; they all end as a SigningKey. */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { createSigningKey, privateKeyFromPem } from '@segl/pki/keys/keys';
import { openPkcs11Key } from './pkcs11/module.ts';
import { isPkcs11Uri, readPkcs11Uri } from './pkcs11/uri.ts';
import { readPkcs12 } from './pkcs12.ts';
import { certificatesFromPem } from '@segl/pki/x509/pem';

export interface KeySource {
  /** A PEM or PKCS#12 file, or a pkcs11: URI. */
  readonly key: string;
  /** Holds the password of the file or the PIN; one line break at its end does not count. */
  readonly passwordFile?: string | undefined;
  /** PEM, own certificate first. Only a PKCS#12 file does without. */
  readonly chainFile?: string | undefined;
  /** DER; they end the chain of a PKCS#12 file that does not bring its own along. */
  readonly anchors?: readonly Uint8Array[];
  /** An RSA key signs by RSASSA-PSS. */
  readonly pss?: boolean;
}

export interface OpenedKey {
  readonly key: SigningKey;
  /** For what is not signing. Absent: it never leaves its security module. */
  readonly privateKey?: KeyObject;
  /** Lets go of a security module. */
  readonly close: () => Promise<void>;
}

/** As those of `keys.ts`, with reasons of ours. */
const invalidKey = (why: Problem, cause?: unknown): SeglError =>
  serverProblems.error('KEY_INVALID', { why }, { cause });

const nothingToClose = (): Promise<void> => Promise.resolve();

/**
 * Opens the key and checks that it belongs to its certificate and that each certificate is followed by its issuer's.
 * Throws KEY_INVALID {why}, PKCS12_INVALID {why}, PKCS11_URI_INVALID {why}, PKCS11_FAILED {why}, PEM_INVALID {why}.
 */
export async function openKey(source: KeySource): Promise<OpenedKey> {
  const { pss = false } = source;
  if (isPkcs11Uri(source.key)) return openModuleKey(source.key, await readChain(source), source);
  const password = await readPassword(source.passwordFile, 'password');
  const bytes = await readGiven(source.key, 'key');
  const isPem = bytes.includes('-----BEGIN ');
  if (isPem) {
    const privateKey = privateKeyFromPem(bytes.toString('utf8'), password);
    return {
      key: createSigningKey({ privateKey, ...(await readChain(source)), pss }),
      privateKey,
      close: nothingToClose,
    };
  }
  const { privateKey, certificate, others } = readKeyFile(bytes, password);
  const path = source.chainFile
    ? await readChain(source)
    : { certificate: certificate.der, chain: chainOf(certificate, others, source.anchors ?? []) };
  return { key: createSigningKey({ privateKey, ...path, pss }), privateKey, close: nothingToClose };
}

/**
 * Opens a key on a security module with its certificates, DER. The PIN is in the file that the URI names, or in
 * `passwordFile`. Throws PKCS11_URI_INVALID {why}, PKCS11_FAILED {why}, KEY_INVALID {why}.
 */
export async function openModuleKey(
  uri: string,
  path: { readonly certificate: Uint8Array; readonly chain: readonly Uint8Array[] },
  { passwordFile, pss = false }: Pick<KeySource, 'passwordFile' | 'pss'> = {},
): Promise<OpenedKey> {
  const read = readPkcs11Uri(uri);
  const pin = await readPassword(read.pinFile ?? passwordFile, 'PIN');
  return openPkcs11Key(read, { pin, ...path, pss });
}

/** Without a password the file may be one that is encrypted with an empty one. */
function readKeyFile(bytes: Buffer, password: string | undefined): ReturnType<typeof readPkcs12> {
  try {
    return readPkcs12(bytes, password ?? '');
  } catch (error) {
    if (password !== undefined || !isSeglError(error, 'PKCS12_INVALID')) throw error;
    throw invalidKey(serverProblems.of('key/neither-pem-nor-pkcs12'), error);
  }
}

async function readChain({
  chainFile,
}: KeySource): Promise<{ certificate: Uint8Array; chain: Uint8Array[] }> {
  if (chainFile === undefined) throw invalidKey(serverProblems.of('key/chain-file-missing'));
  const [certificate, ...chain] = certificatesFromPem((await readGiven(chainFile, 'chain')).toString('utf8'));
  return { certificate: certificate!, chain };
}

/** The issuers in order, for as long as the file or the anchors have them. */
function chainOf(
  own: Certificate,
  others: readonly Certificate[],
  anchors: readonly Uint8Array[],
): Uint8Array[] {
  const known = [...others, ...anchors.map(parseCertificate)];
  const chain: Certificate[] = [];
  for (let last = own; !last.isIssuedBy(last); last = chain.at(-1)!) {
    const issuer = known.find((one) => !chain.includes(one) && last.isIssuedBy(one));
    if (!issuer) break;
    chain.push(issuer);
  }
  return chain.map(({ der }) => der);
}

async function readPassword(file: string | undefined, what: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return (await readGiven(file, what)).toString('utf8').replace(/\r?\n$/, '');
}

async function readGiven(file: string, what: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw invalidKey(
      serverProblems.of('key/file-unreadable', { what, file, said: error.code ?? error.message }),
      error,
    );
  });
}
