import t from 'tap';
import { readEnvelope, writeEnvelope, type SoapVersion } from '@segl/server/http/soap/envelope';
import { escapeAttribute, escapeText } from '@segl/server/http/soap/xml-text';
import { limits, parseXml } from '@segl/server/http/soap/xml-tree';
import { isSeglError, SeglError } from '@segl/problem/errors';

const S11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const S12 = 'http://www.w3.org/2003/05/soap-envelope';
const bytes = (text: string): Buffer => Buffer.from(text);
const envelope = (body: string, namespace = S11, header = ''): Buffer =>
  bytes(`<e:Envelope xmlns:e="${namespace}">${header}<e:Body>${body}</e:Body></e:Envelope>`);

/** The code that reading fails with, or `read`. */
function outcome(input: Buffer, contentType?: string): string {
  try {
    readEnvelope(input, contentType);
    return 'read';
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
}

t.test('versions are told by namespace', async (t) => {
  for (const version of ['1.1', '1.2'] as SoapVersion[]) {
    const read = readEnvelope(bytes(writeEnvelope(version, '<a xmlns="urn:x">1 &lt; 2</a>')));
    t.equal(read.version, version);
    t.match(read.payload, { local: 'a', namespace: 'urn:x', text: '1 < 2' });
  }
  t.equal(outcome(envelope('<a/>', 'urn:soap')), 'SOAP_VERSION');
});

t.test('what is no envelope with one payload is refused', async (t) => {
  t.equal(outcome(bytes('')), 'XML_MALFORMED');
  t.equal(outcome(bytes('hello')), 'XML_MALFORMED');
  t.equal(outcome(bytes('<a/>')), 'ENVELOPE_INVALID');
  t.equal(outcome(envelope('')), 'ENVELOPE_INVALID');
  t.equal(outcome(envelope('<!-- nothing -->')), 'ENVELOPE_INVALID');
  t.equal(outcome(envelope('<a/><b/>')), 'ENVELOPE_INVALID');
  t.equal(outcome(bytes(`<e:Envelope xmlns:e="${S11}"><e:Body/><e:Body/></e:Envelope>`)), 'ENVELOPE_INVALID');
  t.equal(outcome(bytes(`<e:Envelope xmlns:e="${S11}"/>`)), 'ENVELOPE_INVALID');
});

t.test('headers are ignored unless they must be understood by us', async (t) => {
  const header = (attributes: string, namespace = S11): Buffer =>
    envelope('<a/>', namespace, `<e:Header><w:Security xmlns:w="urn:w" ${attributes}/></e:Header>`);
  t.equal(outcome(header('')), 'read');
  t.equal(outcome(header('e:mustUnderstand="0"')), 'read');
  t.equal(outcome(header('e:mustUnderstand="1" e:actor="urn:somebody-else"')), 'read');
  t.equal(outcome(header('e:mustUnderstand="1"')), 'SOAP_MUST_UNDERSTAND');
  t.equal(
    outcome(header(`e:mustUnderstand="1" e:actor="${'http://schemas.xmlsoap.org/soap/actor/next'}"`)),
    'SOAP_MUST_UNDERSTAND',
  );
  t.equal(outcome(header('e:mustUnderstand="true"', S12)), 'SOAP_MUST_UNDERSTAND');
  t.equal(outcome(header(`e:mustUnderstand="true" e:role="${S12}/role/none"`, S12)), 'read');
});

t.test('encodings', async (t) => {
  const text = `<e:Envelope xmlns:e="${S11}"><e:Body><a>Søren Ærø €</a></e:Body></e:Envelope>`;
  const textOf = (input: Buffer, contentType?: string): string =>
    readEnvelope(input, contentType).payload.text;
  const latin = (declared: string): Buffer => Buffer.from(`${declared}${text.replace(' €', '')}`, 'latin1');

  t.equal(textOf(bytes(text)), 'Søren Ærø €');
  t.equal(textOf(bytes(`\ufeff<?xml version="1.0"?>${text}`)), 'Søren Ærø €', 'UTF-8 with byte order mark');
  t.equal(textOf(bytes(text), 'text/xml; charset="utf-8"'), 'Søren Ærø €');
  t.equal(textOf(Buffer.from(`\ufeff${text}`, 'utf16le')), 'Søren Ærø €');
  t.equal(textOf(Buffer.from(`\ufeff${text}`, 'utf16le').swap16()), 'Søren Ærø €');
  t.equal(textOf(Buffer.from(text, 'utf16le'), 'text/xml;charset=UTF-16'), 'Søren Ærø €', 'without a mark');
  t.equal(textOf(latin('<?xml version="1.0" encoding="ISO-8859-1"?>')), 'Søren Ærø');
  t.equal(textOf(latin(''), 'text/xml;charset=iso-8859-1'), 'Søren Ærø');
  t.equal(
    textOf(bytes(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`), 'text/xml;charset=utf-8'),
    'Søren Ærø €',
    'the media type leads over the declaration',
  );
  t.equal(outcome(latin('')), 'XML_MALFORMED', 'bytes that are not UTF-8');
  t.equal(outcome(bytes(`<?xml version="1.0" encoding="EBCDIC-CP-US"?>${text}`)), 'XML_MALFORMED');
  t.equal(outcome(bytes(`<?xml version="1.1"?>${text}`)), 'XML_REFUSED');
});

t.test('hostile documents', async (t) => {
  const billion = `<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>`;
  t.equal(outcome(bytes(billion)), 'XML_REFUSED');
  t.equal(outcome(bytes('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')), 'XML_REFUSED');
  t.equal(outcome(envelope('<a>&xxe;</a>')), 'XML_MALFORMED');
  t.equal(outcome(envelope('<a>&constructor;&toString;</a>')), 'XML_MALFORMED', 'no entity by inheritance');
  t.equal(outcome(envelope('<a>&#0;</a>')), 'XML_MALFORMED');
  t.equal(outcome(envelope('<a b="1" b="2"/>')), 'XML_MALFORMED');
  t.equal(outcome(envelope('<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>')), 'XML_MALFORMED');
  t.equal(outcome(envelope('<p:a/>')), 'XML_MALFORMED', 'unbound prefix');
  t.equal(outcome(envelope('<a></b>')), 'XML_MALFORMED');
  t.equal(outcome(envelope(`${'<a>'.repeat(200_000)}${'</a>'.repeat(200_000)}`)), 'XML_REFUSED');
  t.equal(outcome(envelope(`<a>${'<b/>'.repeat(200_000)}</a>`)), 'XML_REFUSED');
  const attributes = Array.from({ length: 1000 }, (_, i) => `a${i}="x"`).join(' ');
  t.equal(outcome(envelope(`<a ${attributes}/>`)), 'XML_REFUSED');
  const ampersands = (count: number): Buffer => envelope(`<a b="&lt;">${'&#13;'.repeat(count - 1)}</a>`);
  t.equal(outcome(ampersands(limits.ampersands)), 'read');
  t.equal(outcome(ampersands(limits.ampersands + 1)), 'XML_REFUSED');
  t.equal(outcome(envelope('<a id="__proto__" __proto__="x" constructor="y"><__proto__/></a>')), 'read');
  t.equal(({} as Record<string, unknown>)['obj'], undefined);
});

t.test('text is kept exactly, across comments and CDATA sections', async (t) => {
  t.equal(parseXml('<a> 1<!-- x -->2<![CDATA[<?xml ?>&amp;]]> </a>').text, ' 12<?xml ?>&amp; ');
});

t.test('xsi:type is resolved where it stands, with the default namespace too', async (t) => {
  const type = (xml: string): unknown => parseXml(xml).type;
  const xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';
  t.strictSame(type(`<a xmlns="urn:d" ${xsi} i:type="sds"/>`), { namespace: 'urn:d', local: 'sds' });
  t.strictSame(type(`<a xmlns:p="urn:p" ${xsi} i:type=" p:sds "/>`), { namespace: 'urn:p', local: 'sds' });
  t.strictSame(type(`<a ${xsi} i:type="q:sds"/>`), { namespace: '', local: 'sds' });
  t.equal(type('<a type="sds"/>'), undefined);
});

t.test('written text and attributes read back the same', async (t) => {
  const text = 'a < b && "c" \'d\' ]]> \r\n\t é 😀';
  const read = parseXml(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`);
  t.equal(read.text, text);
  t.equal(read.attributes[0]?.value, text);
  t.equal(escapeText('\0\ud800x\uffff'), '\ufffd\ufffdx\ufffd', 'what XML cannot hold is replaced');
});

t.test('a message names no more than 200 characters of what was sent', async (t) => {
  try {
    parseXml(`<${'x'.repeat(5000)}:a/>`);
    t.fail('was read');
  } catch (error) {
    t.ok(error instanceof SeglError && error.message.length < 400);
  }
});
