/** Parts of a file that a browser asks for (RFC 9110, 14). */
import type { ByteRange } from '../adapters/blobs/store.ts';

/**
 * The part that `range` asks for of `size` bytes. Undefined where all of it is to be sent: no range, one that cannot be read,
 * several, or `ifRange` names other bytes than `etag`, which is strong. `unsatisfiable`: none of it is there.
 */
export function rangeOf(
  { range, ifRange }: { readonly range?: string | undefined; readonly ifRange?: string | undefined },
  { size, etag }: { readonly size: number; readonly etag: string },
): ByteRange | 'unsatisfiable' | undefined {
  const asked = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range ?? '');
  if (!asked || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [, first = '', last = ''] = asked;
  if (first === '') {
    // the last so many bytes
    if (last === '') return undefined;
    return Number(last) === 0 || size === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, size - Number(last)), end: size - 1 };
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
