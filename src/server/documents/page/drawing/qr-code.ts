/** QR codes (ISO/IEC 18004) as paths. */
import { encode } from 'uqr';

export interface QrCode {
  /** Modules on each side, with the quiet zone around. */
  readonly size: number;
  readonly quietZone: number;
  /** Filled rectangles in modules, from the top left corner. */
  readonly path: string;
}

const QUIET_ZONE = 4;
/** Few addresses are in use at a time; each is encoded once. */
const MAX_REMEMBERED = 16;
const codes = new Map<string, QrCode>();

/** The code of a text, error correction level M. */
export function qrCode(text: string): QrCode {
  let code = codes.get(text);
  if (!code) {
    const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE });
    code = { size, quietZone: QUIET_ZONE, path: data.flatMap(runs).join(' ') };
    if (codes.size >= MAX_REMEMBERED) codes.clear();
    codes.set(text, code);
  }
  return code;
}

/** Dark modules that stand side by side are one rectangle: without a seam, and shorter. */
function runs(row: readonly boolean[], y: number): string[] {
  const found: string[] = [];
  for (let x = 0; x < row.length; x++) {
    const start = x;
    while (row[x]) x++;
    if (x > start) found.push(`${start} ${y} ${x - start} 1 re`);
  }
  return found;
}
