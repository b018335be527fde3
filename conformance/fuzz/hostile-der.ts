/** DER of certificates, signatures, answers, lists and key files that is made to take memory or time without end. */
import {
  bitString,
  contextValue,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  tlv,
  utf8String,
} from '@segl/pki/asn1/der-write';
import { MAX_BYTES, MAX_DEPTH } from '@segl/pki/asn1/der';
import { Oid } from '@segl/pki/asn1/oids';
import { writeSignedData } from '@segl/pki/cms/cms-write';
import { MAX_CRL_BYTES } from '@segl/pki/revocation/crl';
import { writePkcs12 } from '@segl/sandbox/pki/pkcs12';
import { crlEntry, makeCrl } from '../../test/support/signatures/crl.ts';
import { createTestPki, TEST_TIME } from '../../test/support/signatures/test-pki.ts';

const pki = createTestPki('EC-P256');

/** Whose lists are read. */
export const listIssuer = pki.root;

/** Values side by side; more than there may be arguments of a call. */
const many = (count: number, make: (index: number) => Uint8Array): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

function nested(depth: number): Uint8Array {
  let value: Uint8Array = new Uint8Array();
  for (let level = 0; level < depth; level++) value = tlv(0x30, value);
  return value;
}

const NAME = sequence(setOf(sequence(oid('2.5.4.3'), utf8String('Segl'))));

/** A certificate with a signature that holds for nobody. */
function certificate(parts: {
  readonly name?: Uint8Array;
  readonly key?: Uint8Array;
  readonly extensions?: Uint8Array;
}): Uint8Array {
  const algorithm = sequence(oid(Oid.sha256WithRsa), nullValue());
  const { name = NAME, key = pki.signer.certificate.publicKey.export({ format: 'der', type: 'spki' }) } =
    parts;
  const validity = sequence(time(TEST_TIME), time(new Date(TEST_TIME.getTime() + 86_400_000)));
  const extensions = parts.extensions ? [contextValue(3, sequence(parts.extensions))] : [];
  const tbs = sequence(
    contextValue(0, integer(2)),
    integer(1),
    algorithm,
    name,
    validity,
    name,
    key,
    ...extensions,
  );
  return sequence(tbs, algorithm, bitString(new Uint8Array(256)));
}

const rsaKey = (modulus: number, exponent: number): Uint8Array =>
  sequence(
    sequence(oid(Oid.rsaEncryption), nullValue()),
    bitString(
      sequence(integer(new Uint8Array(modulus).fill(0xff)), integer(new Uint8Array(exponent).fill(0xff))),
    ),
  );

const signedData = (certificates: readonly Uint8Array[]): Promise<Uint8Array> =>
  writeSignedData({
    contentType: Oid.data,
    digest: new Uint8Array(32),
    key: pki.signerKey,
    certificates: [pki.signer.certificate.der, ...certificates],
  });

/** A signature with so many unsigned attributes of one kind. */
export async function withAttributes(count: number): Promise<Uint8Array> {
  const attribute = sequence(oid(Oid.signatureTimeStamp), setOf(nullValue()));
  const attributes = contextValue(
    1,
    many(count, () => attribute),
  );
  // ContentInfo, [0], SignedData, signerInfos, SignerInfo
  return changeLast(await signedData([]), 5, (signer) => Buffer.concat([signer, attributes]));
}

const headerLength = (bytes: Uint8Array): number => 2 + (bytes[1]! < 0x80 ? 0 : bytes[1]! & 0x7f);

/** `bytes` with the content of the last value, so many levels within last values, changed, and the lengths around it. */
function changeLast(
  bytes: Uint8Array,
  depth: number,
  change: (content: Uint8Array) => Uint8Array,
): Uint8Array {
  if (depth === 0) return change(bytes);
  let [at, start] = [0, 0];
  while (at < bytes.length) {
    start = at;
    const header = headerLength(bytes.subarray(at));
    const length = header === 2 ? bytes[at + 1]! : Buffer.from(bytes).readUIntBE(at + 2, header - 2);
    at += header + length;
  }
  const content = bytes.subarray(start + headerLength(bytes.subarray(start)));
  return Buffer.concat([
    bytes.subarray(0, start),
    tlv(bytes[start]!, changeLast(content, depth - 1, change)),
  ]);
}

function ocsp(responses: number, certificates = 0): Uint8Array {
  const moment = tlv(0x18, Buffer.from('20260301120000Z'));
  const algorithm = sequence(oid(Oid.sha256), nullValue());
  const id = sequence(
    algorithm,
    octetString(new Uint8Array(32)),
    octetString(new Uint8Array(32)),
    integer(1),
  );
  const single = sequence(id, tlv(0x80), moment);
  const data = sequence(
    contextValue(2, octetString(new Uint8Array(20))),
    moment,
    sequence(many(responses, () => single)),
  );
  const basic = sequence(
    data,
    sequence(oid(Oid.sha256WithRsa), nullValue()),
    bitString(new Uint8Array(256)),
    contextValue(0, sequence(many(certificates, () => pki.root.certificate.der))),
  );
  return sequence(
    tlv(0x0a, Uint8Array.of(0)),
    contextValue(0, sequence(oid(Oid.ocspBasic), octetString(basic))),
  );
}

/** A key file that says so of how often its password is hashed. */
export function withRounds(rounds: number): Uint8Array {
  const file = writePkcs12({
    key: pki.signer.privateKey,
    certificates: [pki.signer.certificate.der],
    password: 'password',
    name: 'Segl',
  });
  // the count is the last value of the last sequence: its length, and that of the file, are written anew
  const count = integer(100_000).length;
  return changeLast(file, 2, (mac) => Buffer.concat([mac.subarray(0, -count), integer(rounds)]));
}

type Make = () => Uint8Array | Promise<Uint8Array>;

export const hostileDer: Readonly<Record<string, Make>> = {
  'sequences as deep as is taken': () => nested(MAX_DEPTH),
  'sequences a hundred thousand deep': () => nested(10_000),
  'ten million empty values': () => tlv(0x30, Buffer.alloc(20_000_000, Buffer.of(0x05, 0x00))),
  'a value as long as is taken': () => tlv(0x30, tlv(0x04, new Uint8Array(MAX_BYTES - 16))),
  'a length of four gigabytes': () => Buffer.from('3084ffffffff0500', 'hex'),
  'an object identifier of a megabyte': () =>
    certificate({ extensions: sequence(tlv(0x06, Buffer.alloc(1 << 20, 0x81)), octetString()) }),
  'a hundred thousand extensions': () =>
    certificate({
      extensions: many(100_000, (index) => sequence(oid(`1.2.3.${index}`), octetString(nullValue()))),
    }),
  'a name of a hundred thousand parts': () =>
    certificate({
      name: sequence(many(100_000, () => setOf(sequence(oid('2.5.4.3'), utf8String('Segl'))))),
    }),
  'a name of a hundred thousand parts in one': () =>
    certificate({
      name: sequence(
        tlv(
          0x31,
          many(100_000, () => sequence(oid('2.5.4.3'), utf8String('Segl'))),
        ),
      ),
    }),
  'an RSA key of a million bits': () => certificate({ key: rsaKey(131_072, 131_072) }),
  'an RSA key of 16 384 bits and as large an exponent': () => certificate({ key: rsaKey(2048, 2047) }),
  'ten thousand certificates of a signature': () =>
    signedData(Array<Uint8Array>(10_000).fill(pki.root.certificate.der)),
  'a hundred thousand time-stamps of a signature': () => withAttributes(100_000),
  'a hundred thousand answers in one': () => ocsp(100_000),
  'ten thousand certificates of a responder': () => ocsp(1, 10_000),
  'a list as long as is taken': () => {
    const entry = crlEntry(Buffer.from('112233445566778899', 'hex'), TEST_TIME);
    const count = Math.floor((MAX_CRL_BYTES - 4096) / entry.length);
    return makeCrl(listIssuer, {
      thisUpdate: TEST_TIME,
      nextUpdate: new Date(TEST_TIME.getTime() + 86_400_000),
      entries: [many(count, () => entry)],
    });
  },
  'a key file with two thousand million rounds': () => withRounds(2_000_000_000),
};
