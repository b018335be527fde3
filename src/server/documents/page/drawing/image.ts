/** Pictures for pages: a logo, a watermark. Read once and made ready, so that a page only refers to them. */
import { serverProblems } from '../../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';

/** The part of pdf-lib that reads a format: all of it takes a third of a second to load, in every process. */
const readers = {
  png: async () => (await import('pdf-lib/cjs/core/embedders/PngEmbedder.js')).default.default,
  jpeg: async () => (await import('pdf-lib/cjs/core/embedders/JpegEmbedder.js')).default.default,
};

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

/** What is wrong with a picture, as the end of a sentence about its file. */
export class PictureUnusable extends Error {
  readonly why: Problem;

  constructor(why: Problem, cause?: unknown) {
    super(why.code, { cause });
    this.why = why;
  }
}

/** Reads a PNG or JPEG. Throws PictureUnusable. */
export async function readImage(path: string): Promise<PageImage> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw new PictureUnusable(serverProblems.of('picture/unreadable'), cause);
  }
  const image = file[0] === 0x89 ? await fromPng(file) : await fromJpeg(file);
  if (image.width > MAX_IMAGE_SIDE || image.height > MAX_IMAGE_SIDE || image.bytes.length > MAX_IMAGE_BYTES) {
    const { width, height, bytes } = image;
    const limits = { side: MAX_IMAGE_SIDE, limit: MAX_IMAGE_BYTES >> 10 };
    throw new PictureUnusable(
      serverProblems.of('picture/too-large', { width, height, bytes: bytes.length, ...limits }),
    );
  }
  return image;
}

/** Transparent parts become white: PDF/A-1 has no transparency, and the paper is white. */
async function fromPng(file: Buffer): Promise<PageImage> {
  // checked before anything is unpacked
  if (Math.max(file.readUInt32BE(16), file.readUInt32BE(20)) > MAX_IMAGE_SIDE) {
    throw new PictureUnusable(serverProblems.of('picture/too-many-pixels', { side: MAX_IMAGE_SIDE }));
  }
  const Reader = await readers.png();
  const png = await Reader.for(file).catch((cause: unknown) => {
    throw new PictureUnusable(serverProblems.of('picture/png'), cause);
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
  const Reader = await readers.jpeg();
  const { width, height, colorSpace, bitsPerComponent } = await Reader.for(file).catch((cause: unknown) => {
    throw new PictureUnusable(serverProblems.of('picture/neither'), cause);
  });
  const space = String(colorSpace);
  if (bitsPerComponent !== 8 || (space !== 'DeviceRGB' && space !== 'DeviceGray')) {
    throw new PictureUnusable(serverProblems.of('picture/jpeg'));
  }
  return { width, height, colorSpace: space, filter: 'DCTDecode', bytes: file };
}
