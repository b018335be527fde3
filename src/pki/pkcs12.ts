/** PKCS#12 files (RFC 7292): the form in which certificates with their keys are handed out. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { SeglError } from '../errors.ts';
import { parseCertificate, type Certificate } from './certificate.ts';

export interface Pkcs12 {
  readonly privateKey: KeyObject;
  /** Of the key. */
  readonly certificate: Certificate;
  /** The others in the file, in its order. */
  readonly others: readonly Certificate[];
}

const LARGEST = 1 << 20;

const invalid = (why: string, cause?: unknown): SeglError =>
  new SeglError('PKCS12_INVALID', { why }, { cause });

/**
 * Reads a file with one key. All usual encryptions are known: AES (PBES2), triple DES and RC2 with SHA-1.
 * Throws PKCS12_INVALID {why}; what is in the file is never quoted.
 */
export function readPkcs12(bytes: Uint8Array, password: string): Pkcs12 {
  const bags = openBags(bytes, password);
  const [key, ...more] = bags.keys;
  if (!key) throw invalid('there is no private key in it');
  if (more.length > 0) throw invalid('there are several keys in it: export the one that is meant alone');
  const publicKey = createPublicKey(key);
  const certificates = bags.certificates.map(parseCertificate);
  const certificate = certificates.find((one) => one.publicKey.equals(publicKey));
  if (!certificate) throw invalid('the certificate of its key is not in it');
  return { privateKey: key, certificate, others: certificates.filter((one) => one !== certificate) };
}

function openBags(bytes: Uint8Array, password: string): { keys: KeyObject[]; certificates: Uint8Array[] } {
  if (bytes.length > LARGEST) throw invalid('it is larger than any PKCS#12 file');
  let pfx: forge.asn1.Asn1;
  try {
    pfx = forge.asn1.fromDer(Buffer.from(bytes).toString('latin1'));
  } catch (cause) {
    const why = 'it is not a PKCS#12 file (.p12, .pfx)';
    throw invalid(why, cause);
  }
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
    const { message } = cause as Error;
    throw invalid(
      /password|mac|decrypt/i.test(message)
        ? 'the password is wrong, or the file is damaged'
        : 'it is damaged',
      cause,
    );
  }
}

const derOf = (value: forge.asn1.Asn1): Uint8Array =>
  Uint8Array.from(Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1'));

/** The library reads RSA keys into objects of its own, and leaves others as they stand. */
function keyOf({ key, asn1 }: forge.pkcs12.Bag): KeyObject {
  const info = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  return createPrivateKey({ key: Buffer.from(derOf(info)), format: 'der', type: 'pkcs8' });
}
