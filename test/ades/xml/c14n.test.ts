/** Canonical forms of parts of documents, beside libxml2's own, over documents that nobody would write. */
import { XmlC14NMode, XmlDocument, type XmlElement as LibxmlElement } from 'libxml2-wasm';
import t from 'tap';
import {
  C14N_10,
  C14N_11,
  C14N_EXCLUSIVE,
  canonicalize,
  canonicalizeWithout,
  canonicalOctets,
} from '@segl/ades/xml/c14n';
import { parseXml } from '@segl/ades/xml/document';
import { LONG_TEXT } from '@segl/ades/xml/plain-text';
import { SWEEPS_ALL } from '../../support/sweep.ts';

const DOCUMENTS = SWEEPS_ALL ? 10_000 : 2_000;
const MODES = [
  [C14N_10, XmlC14NMode.XML_C14N_1_0],
  [C14N_11, XmlC14NMode.XML_C14N_1_1],
  [C14N_EXCLUSIVE, XmlC14NMode.XML_C14N_EXCLUSIVE_1_0],
] as const;

/** The same documents on every run: a 32-bit xorshift. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

const PREFIXES = ['', 'a', 'b', 'c', 'æ'];
const URIS = ['urn:a', 'urn:ab', 'urn:b', 'http://x/?a=1', 'urn:B'];
const NAMES = ['e', 'Id', 'f', 'lang', 'ø', '\u{20000}', '\uff21'];
const TEXTS = [
  '',
  'x',
  ' \n ',
  '&amp;&lt;&gt;',
  '&#13;\r\n',
  '<![CDATA[<&]]>',
  '<!-- c -->',
  'æ\u{1F600}\u0085\u2028',
];
const VALUES = ['', '1', '&#9;&#10;&#13;', "'&quot;>&amp;", 'ø\n'];
const XML = [
  ' xml:lang="da"',
  ' xml:space="preserve"',
  ' xml:base="http://x/y/"',
  ' xml:id="#"',
  ' xml:other="z"',
];

/** An element of random names, namespaces, attributes and content. */
function someXml(
  roll: (sides: number) => number,
  depth: number,
  scope: ReadonlyMap<string, string>,
  texts: readonly string[] = TEXTS,
): string {
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!;
  const declared = new Map<string, string>();
  for (let count = roll(3); count > 0; count--) {
    const prefix = pick(PREFIXES);
    declared.set(prefix, prefix === '' && roll(3) === 0 ? '' : pick(URIS));
  }
  const inside = new Map([...scope, ...declared]);
  const named = (local: string, isAttribute: boolean): string => {
    const prefix = pick([...inside.keys(), '']);
    return prefix === '' || (isAttribute && roll(2) === 0) ? local : `${prefix}:${local}`;
  };
  const attributes = new Map<string, string>();
  const expanded = new Set<string>();
  for (let count = roll(4); count > 0; count--) {
    const name = named(pick(NAMES), true);
    const [prefix, local] = name.includes(':') ? name.split(':') : ['', name];
    const key = `${prefix === '' ? '' : inside.get(prefix!)} ${local}`;
    if (!expanded.has(key)) attributes.set(name, pick(VALUES));
    expanded.add(key);
  }
  const tag = named(pick(NAMES), false);
  const start = [
    `<${tag}`,
    ...[...declared].map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`),
    ...[...attributes].map(([name, value]) => ` ${name}="${value}"`),
    roll(4) === 0 ? pick(XML) : '',
  ].join('');
  let content = pick(texts);
  for (let count = depth === 0 ? 0 : roll(4); count > 0; count--) {
    content += someXml(roll, depth - 1, inside, texts) + pick(texts);
  }
  return content === '' && roll(2) === 0 ? `${start}/>` : `${start}>${content}</${tag}>`;
}

t.test(`parts of ${DOCUMENTS} documents are canonicalized as libxml2 does`, async (t) => {
  let compared = 0;
  for (let seed = 1; seed <= DOCUMENTS; seed++) {
    const roll = dice(seed);
    let ids = 0;
    const text = `${roll(4) === 0 ? '<!-- before -->' : ''}${someXml(roll, 3, new Map())}`.replaceAll(
      'xml:id="#"',
      () => `xml:id="q${ids++}"`,
    );
    const bytes = Buffer.from(text);
    const ours = parseXml(bytes).elements;
    const document = XmlDocument.fromBuffer(bytes);
    try {
      const theirs = document.find('//*') as LibxmlElement[];
      const index = roll(ours.length);
      const [element, node] = [ours[index]!, theirs[index]!];
      const prefixes = [[], ['a'], ['#default', 'b'], ['a', 'b', 'c', '#default', 'none']][roll(4)]!;
      for (const [algorithm, mode] of MODES) {
        const isExclusive = algorithm === C14N_EXCLUSIVE;
        const options = {
          mode,
          ...(isExclusive && prefixes.length > 0 && { inclusiveNamespacePrefixes: prefixes }),
        };
        const given = isExclusive ? prefixes : [];
        const part = canonicalOctets(document, { ...options, nodeSet: new Set([node]) });
        const around = canonicalOctets(document, { ...options, isVisible: (one) => !one.isSameNode(node) });
        const equal =
          Buffer.compare(part, canonicalize(element, algorithm, given)) === 0 &&
          (index === 0 ||
            Buffer.compare(
              around,
              canonicalizeWithout(element.document, (one) => one === element, algorithm, given),
            ) === 0);
        if (!equal) return t.fail(`${algorithm} of element ${index} with ${given.join(' ')}`, { text });
        compared += 2;
      }
    } finally {
      document.dispose();
    }
  }
  t.ok(compared >= DOCUMENTS * 6, `${compared} comparisons`);
});

/** Some of which libxml2 is spared, some that only look like it. */
const LONG_TEXTS = ['QUJD', 'A+/=\n\t ', 'x\r\n', '&lt;', 'ø', '&#13;', ']]', ' '].map((text) =>
  text.repeat(Math.ceil(LONG_TEXT / text.length)),
);

t.test('documents with long texts are canonicalized as libxml2 does', async (t) => {
  let long = 0;
  for (let seed = 1; seed <= (SWEEPS_ALL ? 400 : 100); seed++) {
    const texts = [...TEXTS, ...LONG_TEXTS];
    const text = someXml(dice(seed), 2, new Map(), texts).replace(/ xml:id="#"/g, '');
    const bytes = Buffer.from(`${seed % 2 === 0 ? '\ufeff<!-- > -->\n' : ''}${text}\n`);
    const document = XmlDocument.fromBuffer(bytes);
    try {
      const whole = canonicalOctets(document, { withComments: true });
      if (!whole.equals(parseXml(bytes).octets))
        return t.fail(`document ${seed}`, { text: text.slice(0, 500) });
    } finally {
      document.dispose();
    }
    if (bytes.length > LONG_TEXT) long++;
  }
  t.ok(long > (SWEEPS_ALL ? 200 : 50), `${long} of them`);
});
