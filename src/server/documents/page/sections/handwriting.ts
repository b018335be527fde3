/** The signer's handwriting on a signature page. */
import { round } from '../drawing/page-content.ts';
import type { Ink, Style } from '../drawing/ink.ts';
import type { Pen } from '../drawing/pen.ts';
import type { PageHandwriting } from '../signature-page-data.ts';

/** Largest size of a drawing, in points. */
const WIDTH = 170;
const HEIGHT = 46;
const TYPED: Style = { font: 'regular', size: 'title', color: 'ink' };
/** Round ends and joins, as ink has. */
const ROUND = '1 J 1 j';

export interface HandwritingBlock {
  readonly isText: boolean;
  readonly width: number;
  readonly height: number;
  draw(pen: Pen, x: number, y: number): void;
}

/** A drawing is cut to what was drawn and made as large as there is room for. `room`: width in points. */
export function handwritingBlock(ink: Ink, handwriting: PageHandwriting, room: number): HandwritingBlock {
  if ('typed' in handwriting) {
    const lines = ink.wrap(handwriting.typed, TYPED, room);
    const height = lines.length * ink.leading(TYPED);
    return { isText: true, width: room, height, draw: (pen, x, y) => pen.lines(lines, x, y, TYPED) };
  }
  const points = handwriting.strokes.flat();
  const [left, top] = [Math.min(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y))];
  const width = Math.max(...points.map(([x]) => x)) - left;
  const height = Math.max(...points.map(([, y]) => y)) - top;
  const scale = Math.min(Math.min(WIDTH, room) / Math.max(width, 1), HEIGHT / Math.max(height, 1));
  const path = handwriting.strokes
    .map((stroke) =>
      stroke
        .map(([x, y], index) => {
          const at = `${round((x - left) * scale)} ${round((y - top) * scale)}`;
          return `${at} ${index === 0 ? 'm' : 'l'}`;
        })
        .join(' '),
    )
    .join(' ');
  return {
    isText: false,
    width: width * scale + 2,
    height: height * scale + 6,
    draw: (pen, x, y) => pen.stroke(`${ROUND} ${path}`, x + 1, y + 3, 'ink', 1.1),
  };
}
