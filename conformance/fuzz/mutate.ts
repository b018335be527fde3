/** Damages files the way that readers stumble over: along the structure of their format, the same in every run. */

export type Random = () => number;

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

const HUGE = ['-1', '0', '2147483648', '4294967296', '99999999999999999999', '1e308', '0.0000001'];

/** Cuts, copies and overwrites bytes. */
function bytewise(source: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * source.length);
  const to = Math.min(source.length, at + Math.floor(random() * 64));
  switch (Math.floor(random() * 4)) {
    case 0:
      return source.subarray(0, at);
    case 1:
      return Buffer.concat([source.subarray(0, to), source.subarray(at)]);
    case 2:
      return Buffer.concat([source.subarray(0, at), source.subarray(to)]);
    default: {
      const copy = Buffer.from(source);
      if (copy.length > 0) copy[at] = Math.floor(random() * 256);
      return copy;
    }
  }
}

/** Exchanges one token that `pattern` finds for another of the file, or for one of `others`. */
function exchange(source: Buffer, random: Random, pattern: RegExp, others: readonly string[]): Buffer {
  const text = source.toString('latin1');
  const tokens = [...text.matchAll(pattern)];
  if (tokens.length === 0) return bytewise(source, random);
  const token = pick(random, tokens);
  const other = random() < 0.5 ? pick(random, others) : pick(random, tokens)[0];
  const changed = text.slice(0, token.index) + other + text.slice(token.index + token[0].length);
  return Buffer.from(changed, 'latin1');
}

const XML_TOKENS = [
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x y?>',
  '<!DOCTYPE x>',
  '&lt;',
  '&#0;',
  '&x;',
  '<x>',
  '</x>',
  '',
];

export const mutations: Readonly<Record<'xml' | 'der' | 'pdf', (source: Buffer, random: Random) => Buffer>> =
  {
    xml: (source, random) =>
      random() < 0.8
        ? exchange(source, random, /<[^>]*>|"[^"]*"|&[^;]*;/g, XML_TOKENS)
        : bytewise(source, random),

    // a tag or a length of a value, wherever it is nested
    der: (source, random) => {
      if (random() < 0.3) return bytewise(source, random);
      const copy = Buffer.from(source);
      const headers: number[] = [];
      const walk = (start: number, end: number, depth: number): void => {
        for (let at = start; at + 1 < end && depth < 12 && headers.length < 4000;) {
          headers.push(at);
          const short = copy[at + 1]!;
          const extra = short < 0x80 ? 0 : short & 0x7f;
          if (extra > 4 || at + 2 + extra > end) return;
          const length = extra === 0 ? short : copy.readUIntBE(at + 2, extra);
          const inside = at + 2 + extra;
          if ((copy[at]! & 0x20) !== 0) walk(inside, Math.min(end, inside + length), depth + 1);
          at = inside + length;
        }
      };
      walk(0, copy.length, 0);
      const at = pick(random, headers) + (random() < 0.5 ? 0 : 1);
      copy[at] = pick(
        random,
        [0x00, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff, 0x30, 0x31, 0x02, 0x06, 0x24, 0xa0, 0x1f],
      );
      return copy;
    },

    pdf: (source, random) =>
      random() < 0.8
        ? exchange(
            source,
            random,
            /\b\d{1,10} \d{1,5} R\b|\/[A-Za-z]+|\b\d{1,12}\b|<<|>>|\[|\]|stream|endobj|obj/g,
            [...HUGE, '1 0 R', '3 0 R', '<<', '[', 'null', '(', '/Prev 9', '/Kids', '/FlateDecode'],
          )
        : bytewise(source, random),
  };

/** One to four damages. */
export function mutated(kind: keyof typeof mutations, source: Uint8Array, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(source);
  const rounds = 1 + Math.floor(random() * 4);
  for (let round = 0; round < rounds; round++) if (bytes.length > 0) bytes = mutations[kind](bytes, random);
  return bytes;
}
