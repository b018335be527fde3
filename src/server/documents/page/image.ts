/** Pictures for pages: a logo, a watermark. Read once and made ready, so that a page only refers to them. */
import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { JpegEmbedder, PngEmbedder } from 'pdf-lib';

/** An image XObject (ISO 32000-1, 8.9.5) of 8 bits a component. */
export interface PageImage {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly colorSpace: 'DeviceRGB' | 'DeviceGray';
  readonly filter: 'FlateDecode' | 'DCTDecode';
  readonly bytes: Uint8Array;
}

/** Bytes that every PDF with it grows by. */
export const MAX_IMAGE_BYTES = 256 << 10;
/** Pixels on a side. */
export const MAX_IMAGE_SIDE = 4000;

/** Reads a PNG or JPEG. Throws an Error that says what is wrong with it, as the end of a sentence about the file. */
export async function readImage(path: string): Promise<PageImage> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw new Error('cannot be read: it must lie beside template.json', { cause });
  }
  const image = file[0] === 0x89 ? await fromPng(file) : await fromJpeg(file);
  if (image.width > MAX_IMAGE_SIDE || image.height > MAX_IMAGE_SIDE || image.bytes.length > MAX_IMAGE_BYTES) {
    const limit = `${MAX_IMAGE_SIDE} pixels on a side and ${MAX_IMAGE_BYTES >> 10} kB in the PDF`;
    throw new Error(`is too large (${image.width} × ${image.height}, ${image.bytes.length} bytes): ${limit}`);
  }
  return image;
}

/** Transparent parts become white: PDF/A-1 has no transparency, and the paper is white. */
async function fromPng(file: Buffer): Promise<PageImage> {
  // checked before anything is unpacked
  if (Math.max(file.readUInt32BE(16), file.readUInt32BE(20)) > MAX_IMAGE_SIDE) {
    throw new Error(`has more than ${MAX_IMAGE_SIDE} pixels on a side`);
  }
  const png = await PngEmbedder.for(file).catch((cause: unknown) => {
    throw new Error('is not a sound PNG', { cause });
  });
  const { width, height, image } = png as unknown as {
    readonly width: number;
    readonly height: number;
    readonly image: { readonly rgbChannel: Uint8Array; readonly alphaChannel?: Uint8Array };
  };
  const rgb = Uint8Array.from(image.rgbChannel);
  for (const [pixel, alpha] of (image.alphaChannel ?? []).entries()) {
    if (alpha === 255) continue;
    for (let at = pixel * 3; at < pixel * 3 + 3; at++) {
      rgb[at] = Math.round(((rgb[at] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  const bytes = deflateSync(rgb, { level: 9 });
  return { width, height, colorSpace: 'DeviceRGB', filter: 'FlateDecode', bytes };
}

async function fromJpeg(file: Buffer): Promise<PageImage> {
  const { width, height, colorSpace, bitsPerComponent } = await JpegEmbedder.for(file).catch(
    (cause: unknown) => {
      throw new Error('is neither PNG nor JPEG', { cause });
    },
  );
  const space = String(colorSpace);
  if (bitsPerComponent !== 8 || (space !== 'DeviceRGB' && space !== 'DeviceGray')) {
    throw new Error('must be a JPEG in RGB or grey, 8 bits a component');
  }
  return { width, height, colorSpace: space, filter: 'DCTDecode', bytes: file };
}
