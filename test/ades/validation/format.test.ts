/** What kind of file it is, by its first bytes. */
import t from 'tap';
import { ASIC_E_MEDIA_TYPE } from '@segl/ades/asic/container';
import { describeUnsupported, detectFile, hasTraceOfSignature } from '@segl/ades/validation/readers/format';
import type { FormatReader } from '@segl/ades/validation/readers/format-reader';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const BOM = '\u00ef\u00bb\u00bf';
const SIGNED_DATA = '06092a864886f70d010702';
const TST_INFO = '060b2a864886f70d0109100104';
const der = (...hex: string[]): Buffer => Buffer.from(`30${hex.join('')}`, 'hex');
const zip = (name: string): Buffer => bytes(`PK\x03\x04${'\0'.repeat(26)}${name}`);
const reader = {
  format: 'Own',
  recognises: ({ root, latin1 }: { root: string; latin1: string }) =>
    root === 'own:root' && latin1.includes('urn:own'),
} as FormatReader;

t.test('formats by their beginning', (t) => {
  const CMS = der('80', SIGNED_DATA);
  for (const [given, format] of [
    [bytes('%PDF-1.7'), 'PDF'],
    [bytes(' %PDF-1.7'), 'unknown'],
    [zip(`mimetype${ASIC_E_MEDIA_TYPE}`), 'ASiC-E'],
    [zip(`mimetype${ASIC_E_MEDIA_TYPE.slice(0, -1)}`), 'unknown'],
    [zip('a.txt'), 'unknown'],
    [CMS, 'CMS'],
    [der('00'.repeat(20), SIGNED_DATA), 'CMS'],
    [der('00'.repeat(21), SIGNED_DATA), 'unknown'],
    [Buffer.concat([bytes('x'), CMS]), 'unknown'],
    [der('80', SIGNED_DATA, TST_INFO), 'unknown'],
    [der('80', SIGNED_DATA, '00'.repeat(102), TST_INFO), 'unknown'],
    [der('80', SIGNED_DATA, '00'.repeat(103), TST_INFO), 'CMS'],
    [bytes('<a'), 'XML'],
    [bytes(`${BOM} \n<a>`), 'XML'],
    [bytes(`${BOM}<?xml version="1.0"?>\n<!-- a > b --> <!-- c --><x:a-b.c/>`), 'XML'],
    [bytes('<?xml version="1.0"?><?xml-stylesheet?><a/>'), 'unknown'],
    [bytes('x<a>'), 'unknown'],
    [bytes('< a>'), 'unknown'],
    [bytes('<!DOCTYPE a>'), 'XML'],
    [bytes(`${BOM} <?xml version="1.0"?> <!doctype a>`), 'XML'],
    [bytes('<!DOCTYPE html>'), 'unknown'],
    [bytes('x<!DOCTYPE a>'), 'unknown'],
    [bytes('<own:root xmlns:own="urn:own">'), 'Own'],
    [bytes('<own:root>'), 'XML'],
    [bytes('<root xmlns:own="urn:own">'), 'XML'],
    [bytes(''), 'unknown'],
  ] as const)
    t.strictSame(
      detectFile(given, [reader]),
      { format, bytes: given },
      given.toString('latin1').slice(0, 60),
    );
  t.equal(detectFile(bytes('<own:root xmlns:own="urn:own">')).format, 'XML');
  t.end();
});

t.test('base64 and PEM are looked into, once', (t) => {
  const CMS = der('80', SIGNED_DATA, '00'.repeat(40));
  const text = CMS.toString('base64');
  const lines = `${text.slice(0, 20)}\r\n${text.slice(20)}\n`;
  for (const given of [
    text,
    lines,
    ` ${lines}`,
    `-----BEGIN CMS-----\n${lines}-----END CMS-----\n`,
    `-----BEGIN PKCS7-----\n${lines}-----END PKCS7-----`,
  ])
    t.strictSame(detectFile(bytes(given)), { format: 'CMS', bytes: CMS }, given.slice(0, 25));
  const own = bytes('<own:root xmlns:own="urn:own"></own:root>');
  t.strictSame(detectFile(bytes(own.toString('base64')), [reader]), { format: 'Own', bytes: own });
  for (const given of [
    `${text}%`,
    `%${text}`,
    `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----`,
    `x\n-----BEGIN CMS-----\n${lines}-----END CMS-----`,
    `-----BEGIN CMS-----\n${lines}-----END CMS-----\nx`,
  ])
    t.strictSame(detectFile(bytes(given)), { format: 'unknown', bytes: bytes(given) }, given.slice(0, 25));
  const twice = bytes(bytes(text).toString('base64'));
  t.equal(detectFile(twice).format, 'unknown');
  t.end();
});

t.test('what is not judged is told as far as its beginning tells it', (t) => {
  const codeOf = (given: Uint8Array): string | undefined => describeUnsupported(given)?.code;
  for (const [given, code] of [
    [bytes(''), 'file/empty'],
    [der('80', SIGNED_DATA, TST_INFO), 'file/time-stamp'],
    [der('80', SIGNED_DATA), undefined],
    [zip('a.txt'), 'file/zip'],
    [bytes('PK'), undefined],
    [bytes('xPK\x03\x04'), undefined],
    [bytes('\u00ff\u00fe<\0'), 'file/utf16'],
    [bytes('\u00fe\u00ff\0<'), 'file/utf16'],
    [bytes('\u00ff\u00fea\0'), undefined],
    [bytes('x\u00ff\u00fe<'), undefined],
    [bytes(`${' '.repeat(1019)}%PDF-`), 'file/pdf-prefixed'],
    [bytes(`${' '.repeat(1020)}%PDF-`), undefined],
    [bytes('Received: from x'), 'file/mail'],
    [bytes('mime-version: 1.0'), 'file/mail'],
    [bytes('From: a'), 'file/mail'],
    [bytes('Content-Type: text/plain'), 'file/mail'],
    [bytes('Return-Path: a'), 'file/mail'],
    [bytes('From a'), undefined],
    [bytes('X-From: a'), undefined],
    [bytes('text'), undefined],
  ] as const)
    t.equal(codeOf(given), code, given.toString('latin1').slice(0, 40));
  t.end();
});

t.test('a trace of a signature is one that is in nothing inside', (t) => {
  const hasTrace = (format: string, text: string, ...inside: string[]): boolean =>
    hasTraceOfSignature(
      { format, bytes: bytes(text) },
      inside.map((one) => ({ bytes: bytes(one) })),
    );
  for (const format of ['PDF', 'unknown']) {
    t.ok(hasTrace(format, 'x /ByteRange'), format);
    t.notOk(hasTrace(format, 'x SignatureValue'), format);
    t.notOk(hasTrace(format, 'PK\x03\x04 /ByteRange'), 'a ZIP is somebody’s folder');
    t.notOk(hasTrace(format, '/ByteRange', 'x', '/ByteRange'), 'it is in what is attached');
    t.ok(hasTrace(format, '/ByteRange', 'x', 'SignatureValue'), format);
  }
  t.ok(hasTrace('XML', '<SignatureValue/>'));
  t.notOk(hasTrace('XML', '/ByteRange'));
  t.notOk(hasTrace('CMS', '/ByteRange SignatureValue'));
  // a view of a larger buffer ends where it ends
  const all = bytes('/ByteRange x /ByteRange');
  t.notOk(hasTraceOfSignature({ format: 'PDF', bytes: all.subarray(11, 15) }, []));
  t.ok(hasTraceOfSignature({ format: 'PDF', bytes: all.subarray(11) }, []));
  t.end();
});
