/** Writes PDF objects as bytes (ISO 32000-1, 7.3), compactly and always in the same way. */
import { PdfName, PdfRef, PdfStream, PdfString, PdfVerbatim } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';

/** Gathers bytes and knows the offset of what comes next. */
export class ByteWriter {
  /** Bytes so far. */
  length = 0;
  /** Offset of each verbatim piece. */
  readonly placed = new Map<PdfVerbatim, number>();
  readonly #chunks: Uint8Array[] = [];
  #text = '';

  /** Characters up to U+00FF, a byte each. */
  text(text: string): void {
    this.#text += text;
    this.length += text.length;
  }

  bytes(bytes: Uint8Array): void {
    this.#flush();
    this.#chunks.push(bytes);
    this.length += bytes.length;
  }

  /** All of it, in one piece. */
  join(): Buffer {
    this.#flush();
    return Buffer.concat(this.#chunks, this.length);
  }

  #flush(): void {
    if (this.#text === '') return;
    this.#chunks.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}

export function writeValue(out: ByteWriter, value: PdfValue): void {
  if (value === null || typeof value === 'boolean') out.text(String(value));
  else if (typeof value === 'number') out.text(numberText(value));
  else if (value instanceof PdfName) out.text(nameText(value.name));
  else if (value instanceof PdfRef) out.text(`${value.number} ${value.generation} R`);
  else if (value instanceof PdfString) out.text(stringText(value));
  else if (value instanceof PdfVerbatim) {
    out.placed.set(value, out.length);
    out.text(value.text);
  } else if (value instanceof PdfStream) {
    writeDict(out, new Map(value.dict).set('Length', value.data.length));
    out.text('\nstream\n');
    out.bytes(value.data);
    out.text('\nendstream');
  } else if (Array.isArray(value)) {
    out.text('[');
    for (const [index, item] of value.entries()) {
      if (index > 0) out.text(' ');
      writeValue(out, item);
    }
    out.text(']');
  } else writeDict(out, value);
}

function writeDict(out: ByteWriter, dict: PdfDict): void {
  out.text('<<');
  for (const [key, value] of dict) {
    out.text(`${nameText(key)} `);
    writeValue(out, value);
    out.text('\n');
  }
  out.text('>>');
}

/** PDF knows no exponents. */
function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  return value.toFixed(6).replace(/\.?0+$/, '');
}

const nameText = (name: string): string =>
  `/${name.replace(/[^!-~]|[#()<>[\]{}/%]/g, (character) => `#${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;

function stringText(value: PdfString): string {
  const bytes = Buffer.from(value.bytes);
  if (value.hex) return `<${bytes.toString('hex')}>`;
  const escaped = bytes
    .toString('latin1')
    .replace(/[\\()]/g, '\\$&')
    .replace(/\r/g, '\\r');
  return `(${escaped})`;
}
