/** Shapes of letters as PDF's operators show them. */
import type { EmbeddedFont } from '../text/embedded-font.ts';
import type { ShapedRun } from '../text/shape.ts';
import { round } from './page-content.ts';

/** The glyphs of a run in its font, which is set, moved to where they belong (ISO 32000-1, 9.4.3: TJ counts to the left). */
export function runOperators({ face, glyphs }: ShapedRun, font: EmbeddedFont, size: number): string {
  let pieces = '';
  let rise = 0;
  for (const { id, text, advance, x, y } of glyphs) {
    const wanted = round((y * size) / 1000);
    if (wanted !== rise) {
      pieces += `] TJ ${wanted} Ts [`;
      rise = wanted;
    }
    const before = round(-x);
    const after = round(face.advance(id) - advance + x);
    pieces += `${before === 0 ? '' : ` ${before} `}<${font.encodeGlyph(id, text)}>`;
    if (after !== 0) pieces += ` ${after} `;
  }
  return `[${pieces}] TJ${rise === 0 ? '' : ' 0 Ts'}`;
}
