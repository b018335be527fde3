/** A signature by hand: strokes that were drawn, or a name typed instead. Vector data, and what it is bound to. Pure. */
import { createHash } from 'node:crypto';

/** The paper: every coordinate is a whole number of its units, from the top left corner. */
export const PAPER = { width: 1200, height: 400 } as const;

/** Beyond these nobody signs. `length` is of all strokes together, in units of the paper. */
export const LIMITS = { strokes: 200, points: 4000, least: 150, extent: 40, name: 100 } as const;

/**
 * `drawn`: SVG path data of straight lines, in one form: `M10 20L30 40M…`, each stroke a move and at least one line.
 * `typed`: the name that was typed.
 */
export interface Handwriting {
  readonly kind: 'drawn' | 'typed';
  readonly text: string;
}

export type Point = readonly [x: number, y: number];

/** Why a drawing cannot be taken; the last is for what no page of ours sends. */
export type HandwritingProblem = 'empty' | 'too-little' | 'too-much' | 'unreadable';

type Read = { readonly handwriting: Handwriting } | { readonly problem: HandwritingProblem };

/** Longest JSON that is looked at; the largest drawing needs less. */
export const LONGEST = 64_000;

/**
 * What the page sends: JSON, one list of numbers a stroke, x and y in turn. Repeated points are dropped; a stroke of
 * one point becomes a dot.
 */
export function readStrokes(json: string): Read {
  if (json.trim() === '') return { problem: 'empty' };
  if (json.length > LONGEST) return { problem: 'too-much' };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { problem: 'unreadable' };
  }
  if (!Array.isArray(value)) return { problem: 'unreadable' };
  const strokes: Point[][] = [];
  for (const numbers of value as unknown[]) {
    const stroke = readStroke(numbers);
    if (!stroke) return { problem: 'unreadable' };
    strokes.push(stroke);
  }
  return judge(strokes);
}

function readStroke(numbers: unknown): Point[] | undefined {
  if (!Array.isArray(numbers) || numbers.length === 0 || numbers.length % 2 !== 0) return undefined;
  const points: Point[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const [x, y] = [numbers[at], numbers[at + 1]] as unknown[];
    if (!isOn(x, PAPER.width) || !isOn(y, PAPER.height)) return undefined;
    const last = points.at(-1);
    if (last?.[0] !== x || last[1] !== y) points.push([x, y]);
  }
  if (points.length === 1) points.push(points[0]!);
  return points;
}

const isOn = (value: unknown, size: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= size;

function judge(strokes: readonly (readonly Point[])[]): Read {
  const points = strokes.flat();
  if (points.length === 0) return { problem: 'empty' };
  if (strokes.length > LIMITS.strokes || points.length > LIMITS.points) return { problem: 'too-much' };
  const { length, extent } = measure(strokes);
  // a dot or a slip of the finger is no signature
  if (length < LIMITS.least || extent < LIMITS.extent) return { problem: 'too-little' };
  return { handwriting: { kind: 'drawn', text: writePath(strokes) } };
}

function measure(strokes: readonly (readonly Point[])[]): { length: number; extent: number } {
  let length = 0;
  for (const stroke of strokes) {
    for (const [index, [x, y]] of stroke.entries()) {
      const [fromX, fromY] = stroke[index - 1] ?? [x, y];
      length += Math.hypot(x - fromX, y - fromY);
    }
  }
  const range = (values: number[]): number => Math.max(...values) - Math.min(...values);
  const points = strokes.flat();
  return { length, extent: Math.max(range(points.map(([x]) => x)), range(points.map(([, y]) => y))) };
}

const writePath = (strokes: readonly (readonly Point[])[]): string =>
  strokes
    .map((stroke) => stroke.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(''))
    .join('');

const POINT = '(?:0|[1-9]\\d{0,3}) (?:0|[1-9]\\d{0,3})';
const PATH = new RegExp(`^(?:M${POINT}(?:L${POINT})+)+$`);

/** The strokes of a drawing that was kept; undefined when it is none, or one that would not have been taken. */
export function readPath(path: string): Point[][] | undefined {
  if (path.length > LONGEST || !PATH.test(path)) return undefined;
  const strokes = path
    .slice(1)
    .split('M')
    .map((stroke) => stroke.split('L').map((point) => point.split(' ').map(Number) as [number, number]));
  if (strokes.flat().some(([x, y]) => x > PAPER.width || y > PAPER.height)) return undefined;
  return 'problem' in judge(strokes) ? undefined : strokes;
}

/** A name on one line; undefined when there is none, or too much of one. */
export function readTypedName(text: string): string | undefined {
  const name = text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return /\p{L}/u.test(name) && !/[\p{Cs}\uFFFE\uFFFF]/u.test(name) && [...name].length <= LIMITS.name
    ? name
    : undefined;
}

/** Whether it is what `readStrokes` or `readTypedName` would give. */
export const isHandwriting = ({ kind, text }: Handwriting): boolean =>
  kind === 'drawn' ? readPath(text) !== undefined : readTypedName(text) === text;

/**
 * SHA-256, hex, that binds handwriting to one document: over the line `segl handwriting 1`, the document's SHA-256 in
 * hex, the kind and the text, each ended by a line feed, in UTF-8.
 */
export function handwritingDigest({ kind, text }: Handwriting, documentSha256: string): string {
  const bound = ['segl handwriting 1', documentSha256, kind, text].map((line) => `${line}\n`).join('');
  return createHash('sha256').update(bound, 'utf8').digest('hex');
}
