/** Writes CBOR as authenticators do (CTAP2 canonical form), for what they have to say. */
export type Written = number | string | Uint8Array | ReadonlyMap<number | string, Written>;

function head(major: number, argument: number): Buffer {
  const first = (low: number): number => (major << 5) | low;
  if (argument < 24) return Buffer.of(first(argument));
  if (argument < 256) return Buffer.of(first(24), argument);
  const long = argument >= 65_536;
  const bytes = Buffer.alloc(long ? 5 : 3, first(long ? 26 : 25));
  bytes.writeUIntBE(argument, 1, long ? 4 : 2);
  return bytes;
}

export function writeCbor(value: Written): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    return Buffer.concat([head(3, text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].map(([key, one]) => [writeCbor(key), writeCbor(one)] as const);
  const sorted = entries.sort(([a], [b]) => a.length - b.length || Buffer.compare(a, b));
  return Buffer.concat([head(5, entries.length), ...sorted.flat()]);
}
