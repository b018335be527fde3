import t from 'tap';
import { derLength, readDer, Tag } from '@segl/pki/asn1/der';
import {
  bitString,
  boolean,
  contextValue,
  enumerated,
  generalizedTime,
  implicit,
  integer,
  namedBits,
  nullValue,
  octetString,
  oid,
  printableString,
  sequence,
  setOf,
  time,
  tlv,
  utf8String,
} from '@segl/pki/asn1/der-write';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const read = (text: string) => readDer(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const refused = { code: 'ASN1_INVALID' };

t.test('values are written as X.690 says', async (t) => {
  t.equal(hex(integer(0)), '020100');
  t.equal(hex(integer(127)), '02017f');
  t.equal(hex(integer(128)), '02020080');
  t.equal(hex(integer(2n ** 64n)), '0209010000000000000000');
  t.equal(hex(integer(Uint8Array.of(0, 0, 0xff))), '020200ff');
  t.equal(hex(integer(new Uint8Array())), '020100');
  t.equal(hex(boolean(true)), '0101ff');
  t.equal(hex(boolean(false)), '010100');
  t.equal(hex(nullValue()), '0500');
  t.equal(hex(enumerated(6)), '0a0106');
  t.equal(hex(oid('1.2.840.113549.1.7.2')), '06092a864886f70d010702');
  t.equal(hex(oid('2.999.3')), '0603883703');
  t.equal(hex(namedBits([0, 1])), '030206c0');
  t.equal(hex(namedBits([5, 6])), '03020106');
  t.equal(hex(namedBits([16])), '0304 07 000080'.replaceAll(' ', ''));
  t.equal(hex(namedBits([])), '030100');
  t.equal(hex(contextValue(0, nullValue())), 'a0020500');
  t.equal(hex(implicit(1, octetString(Uint8Array.of(7)))), '810107');
  t.equal(hex(implicit(1, sequence(nullValue()))), 'a1020500');
  t.equal(
    hex(setOf(integer(2), integer(256), integer(1))),
    '310a 020101 020102 02020100'.replaceAll(' ', ''),
  );
});

t.test('lengths of every size are written minimally and read back', async (t) => {
  for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 20]) {
    const value = octetString(new Uint8Array(length).fill(7));
    t.equal(readDer(value).octets().length, length);
    t.equal(derLength(Buffer.concat([value, Buffer.alloc(50)])), value.length);
  }
});

t.test('object identifiers survive, also those under 2.25 with 128 bits', async (t) => {
  for (const dotted of [
    '0.9.2342.19200300.100.1.1',
    '1.3.6.1.4.1.31313.2.4.6.1.5',
    '2.5.29.15',
    '2.25.340282366920938463463374607431768211455.1.1',
    '2.25.0',
  ]) {
    t.equal(readDer(oid(dotted)).oid(), dotted);
  }
  t.equal(
    hex(oid('2.25.329800735698586629295641978511506172918')),
    '06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776',
  );
});

t.test('times: UTCTime until 2049, GeneralizedTime after', async (t) => {
  const at = (text: string) => new Date(text);
  t.equal(Buffer.from(readDer(time(at('2049-12-31T23:59:59Z'))).content).toString(), '491231235959Z');
  t.equal(Buffer.from(readDer(time(at('2050-01-01T00:00:00Z'))).content).toString(), '20500101000000Z');
  for (const text of [
    '1950-01-01T00:00:00Z',
    '1999-12-31T23:59:59Z',
    '2024-02-29T12:00:00Z',
    '2050-01-01T00:00:00Z',
  ]) {
    t.same(readDer(time(at(text))).time(), at(text));
  }
  const precise = at('2026-03-01T12:00:00.120Z');
  t.equal(
    Buffer.from(readDer(generalizedTime(precise, 'milliseconds')).content).toString(),
    '20260301120000.12Z',
  );
  t.same(readDer(generalizedTime(precise, 'milliseconds')).time(), precise);
  for (const text of [
    '230229120000Z',
    '231301000000Z',
    '230101240000Z',
    '2301010000Z',
    '230101000000+0100',
  ]) {
    t.throws(() => readDer(tlv(Tag.utcTime, Buffer.from(text))).time(), refused, text);
  }
});

t.test('character strings of every type', async (t) => {
  t.equal(readDer(utf8String('Åse Møller 🖋')).text(), 'Åse Møller 🖋');
  t.equal(readDer(printableString('PID:9208')).text(), 'PID:9208');
  t.equal(readDer(tlv(Tag.bmpString, Uint8Array.of(0, 0xc5, 0, 0x73))).text(), 'Ås');
  t.equal(readDer(tlv(Tag.universalString, Uint8Array.of(0, 1, 0xf5, 0x8b))).text(), '🖋');
  t.equal(readDer(tlv(Tag.visibleString, Uint8Array.of(0xe6))).text(), 'æ');
  t.throws(() => readDer(tlv(Tag.bmpString, Uint8Array.of(0))).text(), refused);
  t.throws(() => readDer(tlv(Tag.universalString, Uint8Array.of(0xff, 0, 0, 0))).text(), refused);
  t.throws(() => readDer(nullValue()).text(), refused);
});

t.test('what is not DER is refused', async (t) => {
  for (const [what, text] of Object.entries({
    'nothing at all': '',
    'a header cut off': '30',
    'indefinite length': '3080 0000',
    'a padded length': '308101 00',
    'a padded long length': '30820001 00',
    'a length of five bytes': '30850000000001 00',
    'a length cut off': '3082 01',
    'content cut off': '3003 0201',
    'bytes behind the value': '0500 00',
    'a multi-byte tag': '1f8101 00',
  })) {
    t.throws(() => read(text), refused, what);
  }
  t.throws(
    () => read('3005 0203 010203 '.replace('05', '04')).sequence().next(),
    refused,
    'inner beyond outer',
  );
  t.throws(() => read('0200').unsigned(), refused, 'empty INTEGER');
  t.throws(() => read('0201ff').unsigned(), refused, 'negative INTEGER');
  t.throws(() => read('0205 0100000000').number(), refused, 'large INTEGER');
  t.throws(() => read('0102 0000').boolean(), refused, 'long BOOLEAN');
  t.throws(() => read('0300').bits(), refused, 'empty BIT STRING');
  t.throws(() => read('0302 0180').bits(), refused, 'BIT STRING of odd bits');
  t.throws(() => read('0301 08').namedBits(), refused, 'nine unused bits');
  t.throws(() => read('0600').oid(), refused, 'empty OID');
  t.throws(() => read('0602 2a86').oid(), refused, 'OID cut off');
  t.throws(() => read('0603 2a8001').oid(), refused, 'padded OID');
  t.throws(() => readDer(tlv(Tag.oid, new Uint8Array(500).fill(1))).oid(), refused, 'endless OID');
  t.throws(() => readDer(sequence(nullValue())).sequence().finish(), refused, 'something left over');
  t.throws(() => readDer(sequence()).sequence().next(), refused, 'something missing');
});

t.test('nesting has a limit', async (t) => {
  let nested = nullValue();
  for (let level = 0; level < 100; level++) nested = sequence(nested);
  t.throws(() => {
    for (let value = readDer(nested); value.tag === Tag.sequence;) value = value.sequence().next();
  }, refused);
});

t.test('a Buffer is read as a plain view', async (t) => {
  const value = readDer(Buffer.from(bitString(Uint8Array.of(1, 2))));
  t.equal(value.raw.constructor, Uint8Array);
  t.same([...value.bits()], [1, 2]);
});
