/** PKCS#12 files (RFC 7292): the form in which certificates with their keys are handed out. */
import type { Problem } from '@segl/problem/problem';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import type { SeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';

export interface Pkcs12 {
  readonly privateKey: KeyObject;
  /** Of the key. */
  readonly certificate: Certificate;
  /** The others in the file, in its order. */
  readonly others: readonly Certificate[];
}

const LARGEST = 1 << 20;

/** Rounds of hashing a password; what is written today has 2 000 to 600 000. */
export const MAX_ROUNDS = 1_000_000;

const invalid = (why: Problem, cause?: unknown): SeglError =>
  serverProblems.error('PKCS12_INVALID', { why }, { cause });

/**
 * Reads a file with one key. All usual encryptions are known: AES (PBES2), triple DES and RC2 with SHA-1.
 * Throws PKCS12_INVALID {why}; what is in the file is never quoted.
 */
export function readPkcs12(bytes: Uint8Array, password: string): Pkcs12 {
  const bags = openBags(bytes, password);
  const [key, ...more] = bags.keys;
  if (!key) throw invalid(serverProblems.of('pkcs12/no-key'));
  if (more.length > 0) throw invalid(serverProblems.of('pkcs12/several-keys'));
  const publicKey = createPublicKey(key);
  const certificates = bags.certificates.map(parseCertificate);
  const certificate = certificates.find((one) => one.publicKey.equals(publicKey));
  if (!certificate) throw invalid(serverProblems.of('pkcs12/no-certificate'));
  return { privateKey: key, certificate, others: certificates.filter((one) => one !== certificate) };
}

function openBags(bytes: Uint8Array, password: string): { keys: KeyObject[]; certificates: Uint8Array[] } {
  if (bytes.length > LARGEST) throw invalid(serverProblems.of('pkcs12/too-large'));
  let pfx: forge.asn1.Asn1;
  try {
    pfx = forge.asn1.fromDer(Buffer.from(bytes).toString('latin1'));
  } catch (cause) {
    throw invalid(serverProblems.of('pkcs12/not-pkcs12'), cause);
  }
  if (rounds(pfx) > MAX_ROUNDS)
    throw invalid(serverProblems.of('pkcs12/too-many-rounds', { limit: MAX_ROUNDS }));
  try {
    const p12 = forge.pkcs12.pkcs12FromAsn1(pfx, false, password);
    const ofType = (type: string): forge.pkcs12.Bag[] => p12.getBags({ bagType: type })[type] ?? [];
    const { keyBag = '', pkcs8ShroudedKeyBag = '', certBag = '' } = forge.pki.oids;
    return {
      keys: [...ofType(keyBag), ...ofType(pkcs8ShroudedKeyBag)].map(keyOf),
      certificates: ofType(certBag).map(({ cert, asn1 }) =>
        derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1),
      ),
    };
  } catch (cause) {
    throw invalid(serverProblems.of('pkcs12/not-opened'), cause);
  }
}

/**
 * The counts of MacData, PBKDF2-params and pkcs-12PbeParams, together: each is a number behind a salt. The contents of
 * octet strings are looked into, where those of the file are.
 */
function rounds({ type, constructed, value }: forge.asn1.Asn1): number {
  const { INTEGER, OCTETSTRING } = forge.asn1.Type;
  if (typeof value === 'string') {
    const inner = type === OCTETSTRING && !constructed ? parsed(value) : undefined;
    return inner ? rounds(inner) : 0;
  }
  return value.reduce((sum, one, index) => {
    const isCount = one.type === INTEGER && value[index - 1]?.type === OCTETSTRING;
    return sum + (isCount && typeof one.value === 'string' ? count(one.value) : rounds(one));
  }, 0);
}

const count = (big: string): number =>
  big.length > 6 ? Infinity : Buffer.from(big, 'latin1').readUIntBE(0, big.length);

function parsed(der: string): forge.asn1.Asn1 | undefined {
  if (der.charCodeAt(0) !== 0x30) return undefined;
  try {
    return forge.asn1.fromDer(der);
  } catch {
    return undefined;
  }
}

const derOf = (value: forge.asn1.Asn1): Uint8Array =>
  Uint8Array.from(Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1'));

/** The library reads RSA keys into objects of its own, and leaves others as they stand. */
function keyOf({ key, asn1 }: forge.pkcs12.Bag): KeyObject {
  const info = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  return createPrivateKey({ key: Buffer.from(derOf(info)), format: 'der', type: 'pkcs8' });
}
