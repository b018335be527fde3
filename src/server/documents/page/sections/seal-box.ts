/** The visible seal: the appearance of the signature field. */
import { round } from '../drawing/page-content.ts';
import type { Pen } from '../drawing/pen.ts';
import type { Setting } from './block.ts';

/** Points. */
export const SEAL_HEIGHT = 84;

const PADDING = 14;

/** A path in PDF operators: numbers, rounded, and names. */
const path = (...pieces: readonly (number | string)[]): string =>
  pieces.map((piece) => (typeof piece === 'number' ? round(piece) : piece)).join(' ');

/** A scalloped disc around (0, 0): arcs from valley to valley, pulled outwards between them. */
function rosette(radius: number): string {
  const lobes = 20;
  const valley = radius * 0.93;
  const point = (index: number, distance: number): { x: number; y: number } => {
    const angle = (index * Math.PI) / lobes;
    return { x: Math.cos(angle) * distance, y: Math.sin(angle) * distance };
  };
  const start = point(0, valley);
  const pieces: (number | string)[] = [start.x, start.y, 'm'];
  for (let lobe = 0; lobe < lobes; lobe++) {
    const from = point(lobe * 2, valley);
    const pull = point(lobe * 2 + 1, radius * 1.07);
    const to = point(lobe * 2 + 2, valley);
    // a quadratic curve with `pull` as its control point, written as the cubic one that PDF knows
    for (const end of [from, to]) pieces.push((end.x + 2 * pull.x) / 3, (end.y + 2 * pull.y) / 3);
    pieces.push(to.x, to.y, 'c');
  }
  return path(...pieces, 'h');
}

/** A circle of four Bézier curves around (0, 0). */
function circle(radius: number): string {
  const r = radius;
  const k = radius * 0.5523;
  return [
    path(r, 0, 'm'),
    path(r, k, k, r, 0, r, 'c'),
    path(-k, r, -r, k, -r, 0, 'c'),
    path(-r, -k, -k, -r, 0, -r, 'c'),
    path(k, -r, r, -k, r, 0, 'c h'),
  ].join(' ');
}

const RADIUS = 26;
const DISC = rosette(RADIUS);
const RING = circle(RADIUS * 0.72);
const CHECK_MARK = '-8.5 0.5 m -2.8 6.2 l 8.8 -6 l';

export function drawSeal(pen: Pen, setting: Setting, width: number): void {
  const { data } = setting;
  pen.box(0, 0, width, SEAL_HEIGHT, 'panel');
  pen.frame(0.4, 0.4, width - 0.8, SEAL_HEIGHT - 0.8, 'line', 0.8);

  const x = PADDING + RADIUS;
  const y = SEAL_HEIGHT / 2;
  pen.shape(DISC, x, y, 'seal');
  pen.stroke(RING, x, y, undefined, 1);
  pen.stroke(CHECK_MARK, x, y, undefined, 3);

  const left = x + RADIUS + PADDING + 2;
  const room = width - left - PADDING;
  const label = { font: 'regular', size: 'label', color: 'muted' } as const;
  const name = { font: 'bold', size: 'name', color: 'ink' } as const;
  const text = { font: 'regular', size: 'text', color: 'text' } as const;
  const parts = [
    { lines: [setting.say('sealedBy')], style: label },
    { lines: pen.ink.wrap(data.sealedBy, name, room).slice(0, 2), style: name },
    { lines: pen.ink.wrap(setting.time(data.sealedAt), text, room).slice(0, 2), style: text },
    { lines: pen.ink.wrap(setting.say('sealNote'), label, room).slice(0, 2), style: label },
  ];
  const total = parts.reduce((sum, { lines, style }) => sum + lines.length * pen.ink.leading(style), 4);
  let at = Math.max(2, (SEAL_HEIGHT - total) / 2);
  for (const [index, { lines, style }] of parts.entries()) {
    if (index === parts.length - 1) at += 4;
    at += pen.lines(lines, left, at, style);
  }
}
