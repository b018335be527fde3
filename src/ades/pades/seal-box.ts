/** The visible seal: the appearance of the signature field. */
import type { Pen } from './pen.ts';
import type { SignaturePageData } from './signature-page-data.ts';
import { timeText } from './time-text.ts';

/** Points. */
export const SEAL_HEIGHT = 84;

const PADDING = 14;

/** A scalloped disc around (0, 0). */
function rosette(radius: number): string {
  const lobes = 20;
  const point = (index: number, distance: number): string => {
    const angle = (index * Math.PI) / lobes;
    return `${(Math.cos(angle) * distance).toFixed(2)} ${(Math.sin(angle) * distance).toFixed(2)}`;
  };
  let path = `M ${point(0, radius * 0.93)}`;
  for (let lobe = 0; lobe < lobes; lobe++) {
    path += ` Q ${point(lobe * 2 + 1, radius * 1.07)} ${point(lobe * 2 + 2, radius * 0.93)}`;
  }
  return `${path} Z`;
}

/** A circle of four Bézier curves around (0, 0). */
function circle(radius: number): string {
  const k = radius * 0.5523;
  return (
    `M ${radius} 0 C ${radius} ${k} ${k} ${radius} 0 ${radius} C ${-k} ${radius} ${-radius} ${k} ${-radius} 0 ` +
    `C ${-radius} ${-k} ${-k} ${-radius} 0 ${-radius} C ${k} ${-radius} ${radius} ${-k} ${radius} 0 Z`
  );
}

export function drawSeal(pen: Pen, data: SignaturePageData, width: number): void {
  const texts = pen.ink.template.texts[data.language];
  pen.box(0, 0, width, SEAL_HEIGHT, 'panel');
  pen.frame(0.4, 0.4, width - 0.8, SEAL_HEIGHT - 0.8, 'line', 0.8);

  const radius = 26;
  const x = PADDING + radius;
  const y = SEAL_HEIGHT / 2;
  pen.shape(rosette(radius), x, y, 'seal');
  pen.stroke(circle(radius * 0.72), x, y, undefined, 1);
  pen.stroke('M -8.5 0.5 L -2.8 6.2 L 8.8 -6', x, y, undefined, 3);

  const left = x + radius + PADDING + 2;
  const room = width - left - PADDING;
  const label = { font: 'regular', size: 'label', color: 'muted' } as const;
  const name = { font: 'bold', size: 'name', color: 'ink' } as const;
  const text = { font: 'regular', size: 'text', color: 'text' } as const;
  const parts = [
    { lines: [texts.sealedBy], style: label },
    { lines: pen.ink.wrap(data.sealedBy, name, room).slice(0, 2), style: name },
    { lines: [timeText(data.sealedAt, data.language, data.timeZone)], style: text },
    { lines: pen.ink.wrap(texts.sealNote, label, room).slice(0, 2), style: label },
  ];
  const total = parts.reduce((sum, { lines, style }) => sum + lines.length * pen.ink.leading(style), 4);
  let at = Math.max(2, (SEAL_HEIGHT - total) / 2);
  for (const [index, { lines, style }] of parts.entries()) {
    if (index === parts.length - 1) at += 4;
    at += pen.lines(lines, left, at, style);
  }
}
