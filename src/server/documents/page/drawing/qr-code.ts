/** QR codes (ISO/IEC 18004) as paths. */
import { encode } from 'uqr';

export interface QrCode {
  /** Modules on each side, with the quiet zone around. */
  readonly size: number;
  readonly quietZone: number;
  /** Filled rectangles, one module high, in modules from the top left corner. */
  readonly runs: readonly Run[];
}

interface Run {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const QUIET_ZONE = 4;
/** Few addresses are in use at a time; each is encoded once. */
const MAX_REMEMBERED = 16;
const codes = new Map<string, QrCode>();

/** The code of a text, error correction level M. */
export function makeQrCode(text: string): QrCode {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE });
  return { size, quietZone: QUIET_ZONE, runs: data.flatMap(runsOf) };
}

/** That of an address, which comes again. */
export function qrCode(address: string): QrCode {
  let code = codes.get(address);
  if (!code) {
    code = makeQrCode(address);
    if (codes.size >= MAX_REMEMBERED) codes.clear();
    codes.set(address, code);
  }
  return code;
}

/** Dark modules that stand side by side are one rectangle: without a seam, and shorter. */
function runsOf(row: readonly boolean[], y: number): Run[] {
  const found: Run[] = [];
  for (let x = 0; x < row.length; x++) {
    const start = x;
    while (row[x]) x++;
    if (x > start) found.push({ x: start, y, width: x - start });
  }
  return found;
}

/** Operators of a PDF. */
export const pdfPath = ({ runs }: QrCode): string =>
  runs.map(({ x, y, width }) => `${x} ${y} ${width} 1 re`).join(' ');

/** Path data of an SVG. */
export const svgPath = ({ runs }: QrCode): string =>
  runs.map(({ x, y, width }) => `M${x} ${y}h${width}v1h-${width}z`).join('');
