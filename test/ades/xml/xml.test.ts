import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { C14N_10, C14N_11, C14N_EXCLUSIVE, canonicalize } from '@segl/ades/xml/c14n';
import type { C14nAlgorithm } from '@segl/ades/xml/c14n';
import { element, escapeText, textElement } from '@segl/ades/xml/canonical-text';
import { formatDateTime, parseDateTime } from '@segl/ades/xml/date-time';
import { base64Of, findAll, indexIds, pureTextOf, textOf, parseXml } from '@segl/ades/xml/document';
import { run, tool } from '../../support/tools.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const folder = mkdtempSync(join(tmpdir(), 'segl-xml-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

t.test('what is not plain XML 1.0 in UTF-8 is refused', async (t) => {
  const refused: Record<string, string> = {
    nothing: '',
    'a DTD': '<!DOCTYPE a><a/>',
    'a DTD behind a comment': '<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    'an entity bomb':
      '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><a>&b;&b;&b;&b;</a>',
    'an external entity': '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    'an unknown entity': '<a>&x;</a>',
    'another encoding': '<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe6</a>',
    'another encoding in single quotes': "<?xml version='1.0' encoding='UTF-7'?><a/>",
    'XML 1.1': '<?xml version="1.1"?><a/>',
    'a processing instruction': '<a><?b c?></a>',
    'a processing instruction in front': '<?xml-stylesheet href="b"?><a/>',
    'a processing instruction behind': '<a/><?b c?>',
    'an end that is missing': '<a><b></a>',
    'two roots': '<a/><b/>',
    'an undeclared prefix': '<a:b/>',
    'an attribute twice': '<a b="1" b="2"/>',
    'an attribute twice by namespace': '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>',
    'a control character': '<a>&#1;</a>',
    'markup in the name of a namespace': '<a xmlns:b="urn:&lt;c/>"/>',
    'a reference in the name of a namespace': "<a><b xmlns = 'urn:&amp;'/></a>",
    'quotes in the name of a namespace': `<a xmlns:b='urn:" c="d'/>`,
    'a line end in the name of a namespace': '<a xmlns:b="urn:&#10;"/>',
  };
  for (const [name, text] of Object.entries(refused)) {
    t.throws(() => parseXml(bytes(text)), { code: 'XML_INVALID' }, name);
  }
  const quoted = '<a xmlns="urn:a" b="xmlns=&quot;&amp;">xmlns="&amp;"</a>';
  t.equal(textOf(parseXml(bytes(quoted)).root), 'xmlns="&"', 'which is not what stands in a text');
  t.throws(() => parseXml(Buffer.from('<a>æ</a>', 'latin1')), { code: 'XML_INVALID' }, 'bad UTF-8');
  t.throws(() => parseXml(Buffer.from('\ufeff<a/>', 'utf16le')), { code: 'XML_INVALID' }, 'UTF-16');
});

t.test('a prefix stands for what the nearest element declares', async (t) => {
  const { elements } = parseXml(
    bytes(
      '<a xmlns="urn:1" xmlns:p="urn:2" p:x="1"><p:b xmlns:p="urn:3" xmlns:q="urn:4" p:x="2"/><c xmlns="" xmlns:p="urn:2"><d p:x="3"/></c><p:e/></a>',
    ),
  );
  t.strictSame(
    elements.map(({ name, namespaceUri }) => [name, namespaceUri]),
    [
      ['a', 'urn:1'],
      ['b', 'urn:3'],
      ['c', ''],
      ['d', ''],
      ['e', 'urn:2'],
    ],
  );
  t.strictSame(
    elements.flatMap(({ attributes }) => attributes.map(({ namespaceUri }) => namespaceUri)),
    ['urn:2', 'urn:3', 'urn:2'],
  );
  const declared = elements.map(({ declarations }) =>
    declarations.map(({ prefix, uri }) => `${prefix}=${uri}`).sort(),
  );
  t.strictSame(declared, [['=urn:1', 'p=urn:2'], ['p=urn:3', 'q=urn:4'], ['='], [], []], 'each once');
  const [, b, , d] = elements;
  t.strictSame(
    ['', 'p', 'q', 'xml', 'r'].map((prefix) => b!.namespaceOf(prefix)),
    ['urn:1', 'urn:3', 'urn:4', 'http://www.w3.org/XML/1998/namespace', ''],
  );
  t.strictSame(
    ['', 'p', 'q'].map((prefix) => d!.namespaceOf(prefix)),
    ['', 'urn:2', ''],
  );
  t.strictSame(
    elements.map((one) => one.elements.map(({ name }) => name)),
    [['b', 'c', 'e'], [], ['d'], [], []],
  );
});

t.test('limits hold, and do not leak what was read', async (t) => {
  const nested = (depth: number): Uint8Array => bytes('<a>'.repeat(depth) + '</a>'.repeat(depth));
  t.equal(canonicalize(parseXml(nested(100)).root, C14N_10).length, 700);
  for (const depth of [101, 300, 200_000]) t.throws(() => parseXml(nested(depth)), { code: 'XML_INVALID' });
  t.throws(() => parseXml(bytes(`<a>${'<b/>'.repeat(200_000)}</a>`)), { code: 'XML_INVALID' });
  t.throws(() => parseXml(bytes('<a>1234567890</a>'), { bytes: 10 }), { code: 'XML_INVALID' });
  t.throws(() => parseXml(bytes('<a>0102030405<b></a>')), {
    message: /^[^0-9]*line 1, column 21[^0-9]*$/,
  });
});

t.test('instructions and depth are found wherever they hide', async (t) => {
  const refused = (text: string, why: RegExp): void => {
    const message = new RegExp(`not acceptable: .*${why.source}`);
    t.throws(() => parseXml(bytes(text), { depth: 3 }), { code: 'XML_INVALID', message }, text);
  };
  const read = (text: string): void => {
    t.doesNotThrow(() => parseXml(bytes(text), { depth: 3 }), text);
  };
  for (const start of ['', '<?xml version="1.0"?>', '\ufeff<?xml version="1.0"?>\n', '<!-- > -->']) {
    read(`${start}<a><b><c/></b><b><c></c></b></a>`);
    read(`${start}<a><b/><b/><b/><b/></a>`);
    refused(`${start}<a><b><c><d/></c></b></a>`, /nested/);
    refused(`${start}<a><?x y?></a>`, /instruction/);
    refused(`${start}<a/><?x y?>`, /instruction/);
    refused(`${start}<a><!-- </a></a></a> --><b><c><d/></c></b></a>`, /nested/);
    refused(`${start}<a><![CDATA[</a></a></a>]]><b><c><d/></c></b></a>`, /nested/);
  }
  refused('<?php x?><a/>', /instruction/);
  refused('<?xml-stylesheet href="x"?><a/>', /instruction/);
  read('<a b="?>">? > </a>');
});

t.test('attributes and namespaces are counted where they are, and nowhere else', async (t) => {
  const declared = (count: number): string =>
    Array.from({ length: count }, (_, index) => ` xmlns:p${index}="urn:${index}"`).join('');
  const limits = { attributes: 4, namespaces: 3, allAttributes: 8 };
  const accepted = (text: string): void => {
    t.doesNotThrow(() => parseXml(bytes(text), limits), text);
  };
  const refused = (text: string, why: RegExp): void => {
    const message = new RegExp(`not acceptable: .*${why.source}`);
    t.throws(() => parseXml(bytes(text), limits), { code: 'XML_INVALID', message }, text);
  };
  for (const before of ['', '<!-- " -->', "<!-- ' <b> -->", '<!---->']) {
    accepted(`${before}<a${declared(3)}>"'</a>`);
    refused(`${before}<a${declared(4)}/>`, /more than 3 namespaces/);
    refused(`${before}<a${declared(3)}><b><c xmlns="urn:c"/></b></a>`, /more than 3 namespaces/);
    accepted(`${before}<a${declared(2)}><b xmlns="urn:b"/><c xmlns="urn:c"></c><d xmlns="urn:d"/></a>`);
    refused(`${before}<a b="1" c="2" d="3" e="4" f="5"/>`, /more than 4 attributes/);
    refused(`${before}<a>${'<b c="" d="" e=""/>'.repeat(3)}</a>`, /more than 8 attributes/);
  }
  // where quotes, line ends and brackets might hide a declaration
  for (const hidden of [
    `b=">" xmlns:p9='urn:9'`,
    `b='"' xmlns:p9='urn:9'`,
    `b="'" xmlns:p9="urn:9"`,
    `b="/>" xmlns:p9\n=\t'urn:9'`,
    `b="xmlns:c='" xmlns:p9='urn:9'`,
    `b=""\r\nxmlns = "urn:9"`,
    `b="]]>"\txmlns:p9="urn:9"`,
    `b="-->" xmlns:p9="urn:>"`,
  ]) {
    refused(
      `<a xmlns:p0="urn:0" xmlns:p1="urn:1"><b xmlns:p2="urn:2"><c ${hidden}/></b></a>`,
      /3 namespaces/,
    );
    refused(
      `<a xmlns:p0="urn:0"><![CDATA[<!-- ]]><b xmlns:p1="urn:1" xmlns:p2="urn:2" ${hidden}/></a>`,
      /3 name/,
    );
    refused(
      `<a xmlns:p0="urn:0"><!-- <![CDATA[ --><b xmlns:p1="u:1" xmlns:p2="u:2" ${hidden}/></a>`,
      /3 name/,
    );
  }
  // what looks like one
  for (const text of [
    `<a>${declared(9)}</a>`,
    `<a><!-- <b${declared(9)}/> --></a>`,
    `<a><![CDATA[<b${declared(9)}/>]]></a>`,
    `<a b='${declared(9)}'/>`,
    '<a xmlnsb="1" xmln="2" XMLNS="3" b-xmlns="4"/>',
    '<xmlns b="1" c="2" d="3" e="4"/>',
    '<a>&lt;b xmlns="1" xmlns="2" xmlns="3" xmlns="4"&gt; = " \' ></a>',
  ]) {
    accepted(text);
  }
  refused(`<a xmlns:b="urn:${'b'.repeat(253)}"/>`, /longer than 256 bytes/);
  accepted(`<a xmlns:b="urn:${'b'.repeat(252)}"/>`);
  accepted('<a xmlns:b="urn:&#x41;&apos;"/>');
});

t.test('many namespaces in many elements are too many before they are slow', async (t) => {
  const declared = Array.from({ length: 64 }, (_, index) => ` xmlns:p${index}="urn:${index}"`).join('');
  const document = (elements: number): Uint8Array => bytes(`<a${declared}>${'<p1:b/>'.repeat(elements)}</a>`);
  t.equal(parseXml(document(1000)).elements.length, 1001);
  t.throws(() => parseXml(document(50_000)), { code: 'XML_INVALID', message: /too many namespaces for/ });
});

t.test('a text of 12 million characters is read whole', async (t) => {
  const text = 'x'.repeat(12_000_000);
  t.equal(textOf(findAll(parseXml(bytes(`<a><b>${text}</b></a>`)).root, '', 'b')[0]!), text);
  const deep = '<a>'.repeat(150) + text + '</a>'.repeat(150);
  t.throws(() => parseXml(bytes(deep)), { code: 'XML_INVALID' }, 'and no deeper than others');
});

t.test('text is what canonicalization keeps', async (t) => {
  const read = (text: string, reader: typeof textOf): string => reader(parseXml(bytes(text)).root);
  t.equal(read('<a>one<!-- x --> <![CDATA[<two>]]>&#13;</a>', textOf), 'one <two>\r');
  t.throws(() => read('<a>one<!-- x --></a>', pureTextOf), { code: 'XML_INVALID' });
  t.throws(() => read('<a>one<b/></a>', textOf), { code: 'XML_INVALID' });
});

t.test('base64 has one spelling but for white space', async (t) => {
  const read = (text: string): Uint8Array => base64Of(parseXml(bytes(`<a>${text}</a>`)).root, 'it');
  t.same(read(' AQ\n ID\r\n\tBA=='), Buffer.of(1, 2, 3, 4));
  t.same(read('AQ&#13;\nI<!-- x -->DBA=='), Buffer.of(1, 2, 3, 4));
  t.same(read(''), Buffer.alloc(0));
  for (const text of ['AQIDBB==', 'AQIDBA=', 'AQIDBA', 'AQ-_', 'AQID=BA=', 'AQIDBA==AQ==', 'AQI\u00a0D']) {
    t.throws(() => read(text), { code: 'XML_INVALID' }, text);
  }
});

t.test('long base64 is read as short base64 is', async (t) => {
  const read = (text: string): Uint8Array => base64Of(parseXml(bytes(`<a>${text}</a>`)).root, 'it');
  const piece = 64 << 10;
  for (const size of [piece - 4, piece, piece + 4, 3 * piece, 3 * piece + 2, 3 * piece + 3]) {
    const value = Buffer.alloc(size, 'The quick brown fox');
    const text = value.toString('base64');
    t.ok(value.equals(read(text)), `${size} bytes`);
    t.ok(value.equals(read(text.replace(/.{76}/g, '$&\r\n'))), 'in lines');
    t.ok(
      value.equals(read(text.replace(/.{77}/g, '$&&#13;\n<!-- x -->'))),
      'in lines with references and comments',
    );
    t.ok(value.equals(read(`${text}${' '.repeat(2 * piece)}`)), 'with space behind it');
  }
  const good = 'QUJD'.repeat(piece / 4 - 1);
  for (const text of [
    `${good}QQ==QUJD`,
    `${good}QQ==${' '.repeat(2 * piece)}QUJD`,
    `${good}Q${good}`,
    `${good}QUJDQR==`,
    `${good}QUJD${good}ø`,
  ]) {
    t.throws(
      () => read(text),
      { code: 'XML_INVALID', message: /it is not base64/ },
      text.slice(piece - 10, piece + 10),
    );
  }
});

t.test('what is wrong behind a long text is told with its place', async (t) => {
  const long = `${'QUJD'.repeat(20_000)}\n`.repeat(2);
  for (const [text, place] of [
    [`<a><b>${long}</b>\n <c></a>`, 'line 4, column 9'],
    [`<a><b>${long}</b><b>${long}</b>\n<c></a>`, 'line 6, column 8'],
    [`<a><b>${long}</b x></a>`, 'line 3, column 5'],
  ] as const) {
    const message = new RegExp(`not well-formed \\(${place}\\)`);
    t.throws(() => parseXml(bytes(text)), { code: 'XML_INVALID', message });
    const short = text.replaceAll('QUJD', '');
    t.throws(() => parseXml(bytes(short)), { code: 'XML_INVALID', message }, 'as libxml2 has it');
  }
});

t.test('an Id may occur once, however its attribute is spelt', async (t) => {
  const index = (text: string): string[] => [...indexIds(parseXml(bytes(text))).keys()];
  t.same(index('<a Id="1"><b ID="2"/><c id="3"/><d xml:id="e4"/></a>'), ['1', '2', '3', 'e4']);
  for (const second of ['Id="1"', 'ID="1"', 'id="1"', 'xmlns:w="urn:u" w:Id="1"']) {
    t.throws(() => index(`<a Id="1"><b ${second}/></a>`), { code: 'XMLDSIG_INVALID' }, second);
  }
});

const documents: Record<string, string> = {
  'line ends and references': '<a b="1\r\n2&#13;&#10;&#9;3">x\r\ny&#13;z &lt;&gt;&amp;&quot;&apos;</a>',
  'attribute order':
    '<e xmlns:b="urn:ab" xmlns:a="urn:a" b:a="1" a:bz="2" z="3" aa="4" \u{1F600}="5" \uFF21="6"/>',
  'superfluous declarations':
    '<a xmlns="urn:u" xmlns:p="urn:v"><b xmlns="urn:u" xmlns:p="urn:v"><p:c xmlns=""/></b></a>',
  'undeclared default': '<a><b xmlns="urn:u"><c xmlns=""><d/></c></b></a>',
  'unused prefixes': '<a xmlns:x="urn:x"><b xmlns:y="urn:y"><y:c x:d="1"/></b></a>',
  comments: '<!-- before --><a>one<!-- in -->two</a><!-- behind -->',
  CDATA: '<a><![CDATA[<b>&amp;]]></a>',
  'odd characters': '<a>\u0085 \u2028 æøå \u{1F600}</a>',
  'xml attributes':
    '<a xml:lang="da" xml:space="preserve" xml:base="http://example.com/"><b xml:lang="en"/></a>',
  'empty elements': '<a  ><b  c = "d"   /></a  >',
};

t.test('whole documents are canonicalized as xmllint does', async (t) => {
  const xmllint = tool(t, 'xmllint');
  if (!xmllint) return;
  const options: [C14nAlgorithm, string][] = [
    [C14N_10, '--c14n'],
    [C14N_11, '--c14n11'],
    [C14N_EXCLUSIVE, '--exc-c14n'],
  ];
  for (const [name, text] of Object.entries(documents)) {
    const file = join(folder, 'document.xml');
    writeFileSync(file, text.replace(/<!--[^]*?-->/g, ''));
    for (const [algorithm, option] of options) {
      const ours = canonicalize(parseXml(bytes(text)).root, algorithm);
      t.equal(Buffer.from(ours).toString('latin1'), run(xmllint, [option, file]).output, `${name} ${option}`);
    }
  }
});

t.test('a namespace that is a relative URI has no canonical form', async (t) => {
  const canonical = (): unknown => parseXml(bytes('<a xmlns="relative"/>'));
  t.throws(canonical, { code: 'XML_INVALID' });
});

t.test('an element is canonicalized in its context', async (t) => {
  const text =
    '<r xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v" xml:lang="da"><m xmlns:v="urn:v2"><v:e a="1"><f/>x</v:e></m><m/></r>';
  const canonical = (algorithm: C14nAlgorithm, prefixes: string[] = []): string => {
    const [target] = findAll(parseXml(bytes(text)).root, 'urn:v2', 'e');
    return Buffer.from(canonicalize(target!, algorithm, prefixes)).toString();
  };
  const inner = '<f></f>x</v:e>';
  t.equal(
    canonical(C14N_10),
    `<v:e xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v2" a="1" xml:lang="da">${inner}`,
  );
  t.equal(
    canonical(C14N_11),
    `<v:e xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v2" a="1" xml:lang="da">${inner}`,
  );
  t.equal(canonical(C14N_EXCLUSIVE), '<v:e xmlns:v="urn:v2" a="1"><f xmlns="urn:d"></f>x</v:e>');
  t.equal(
    canonical(C14N_EXCLUSIVE, ['u']),
    '<v:e xmlns:u="urn:u" xmlns:v="urn:v2" a="1"><f xmlns="urn:d"></f>x</v:e>',
  );
  t.equal(canonical(C14N_EXCLUSIVE, ['#default']), `<v:e xmlns="urn:d" xmlns:v="urn:v2" a="1">${inner}`);
});

t.test('what we write is its own canonical form and reads back the same', async (t) => {
  const values = [
    '',
    ' a\tb\nc\r\nd ',
    '<>&"\'',
    'æøå \u{1F600} \u0085\u2028\u00a0',
    ']]>',
    '&amp;',
    '\ufffd',
  ];
  for (const value of values) {
    const text = element(
      'x',
      { b: value, a: value, xmlns: 'urn:u', 'xmlns:p': 'urn:v' },
      textElement('p:y', value),
    );
    const { root } = parseXml(bytes(text));
    t.equal(Buffer.from(canonicalize(root, C14N_10)).toString(), text);
    t.equal(textOf(findAll(root, 'urn:v', 'y')[0]!), value);
    t.equal(root.attribute('a'), value);
  }
});

t.test('a character that XML cannot carry is refused by its number', async (t) => {
  for (const [value, character] of [
    ['a\u0000', 'U+0000'],
    ['\u000b', 'U+000B'],
    ['\ufffe', 'U+FFFE'],
    ['\ud800x', 'U+D800'],
    ['\udc00', 'U+DC00'],
  ] as const) {
    t.throws(() => escapeText(value, 'the title'), { code: 'XML_CHARACTER_INVALID', params: { character } });
    t.throws(() => element('a', { b: value }), { code: 'XML_CHARACTER_INVALID', params: { where: 'a b' } });
  }
});

t.test('times are written in UTC and read with any zone', async (t) => {
  const date = parseDateTime('2017-05-03T14:01:02.345+02:00', 'it');
  t.equal(formatDateTime(date, 'it'), '2017-05-03T12:01:02.345Z');
  for (const text of ['2017-05-03', '2017-05-03T14:01:02', '2017-13-03T14:01:02Z', 'yesterday', '']) {
    t.throws(() => parseDateTime(text, 'it'), { code: 'XML_INVALID' }, text);
  }
  t.throws(() => formatDateTime(new Date(NaN), 'it'), { code: 'XML_INVALID' });
});
