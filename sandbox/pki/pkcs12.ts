/**
 * Writes a PKCS#12 file (RFC 7292): the key under PBES2 with AES-256 (RFC 8018), its certificates, and a SHA-256 MAC,
 * as OpenSSL 3, Java and .NET read it.
 */
import { createHash, createHmac, randomBytes, type KeyObject } from 'node:crypto';
import {
  contextValue,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  tlv,
} from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';

const DATA = Oid.data;
const KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

const MAC_ITERATIONS = 100_000;
const BMP_STRING = 0x1e;

/** BMPString, as names and the password of the MAC are written. */
const bmp = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** `certificates` are DER, that of the key first; `name` is shown by key stores. */
export function writePkcs12(input: {
  key: KeyObject;
  certificates: readonly Uint8Array[];
  password: string;
  name: string;
}): Uint8Array {
  const { key, certificates, password, name } = input;
  const keyId = createHash('sha1')
    .update(certificates[0] ?? new Uint8Array())
    .digest();
  const own = setOf(
    attribute(FRIENDLY_NAME, tlv(BMP_STRING, bmp(name))),
    attribute(LOCAL_KEY_ID, octetString(keyId)),
  );
  const encrypted = key.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: password });
  const keyBag = sequence(oid(KEY_BAG), contextValue(0, encrypted), own);
  const certificateBags = certificates.map((der, index) =>
    sequence(
      oid(CERTIFICATE_BAG),
      contextValue(0, sequence(oid(X509_CERTIFICATE), contextValue(0, octetString(der)))),
      ...(index === 0 ? [own] : []),
    ),
  );
  const safe = sequence(
    ...[sequence(...certificateBags), sequence(keyBag)].map((bags) =>
      sequence(oid(DATA), contextValue(0, octetString(bags))),
    ),
  );
  const salt = randomBytes(16);
  const mac = createHmac('sha256', macKey(password, salt)).update(safe).digest();
  return sequence(
    integer(3),
    sequence(oid(DATA), contextValue(0, octetString(safe))),
    sequence(
      sequence(sequence(oid(Oid.sha256), nullValue()), octetString(mac)),
      octetString(salt),
      integer(MAC_ITERATIONS),
    ),
  );
}

const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), setOf(value));

/** RFC 7292 B.2 with SHA-256 and purpose 3: one block is the whole key. */
function macKey(password: string, salt: Uint8Array): Buffer {
  const BLOCK = 64;
  const repeated = (bytes: Uint8Array): Buffer =>
    Buffer.alloc(Math.ceil(bytes.length / BLOCK) * BLOCK, Buffer.from(bytes));
  const secret = Buffer.concat([bmp(password), Buffer.of(0, 0)]);
  let digest: Buffer = Buffer.concat([Buffer.alloc(BLOCK, 3), repeated(salt), repeated(secret)]);
  for (let round = 0; round < MAC_ITERATIONS; round++) digest = createHash('sha256').update(digest).digest();
  return digest;
}
