/**
 * Sets a line of any script: directions by the Unicode Bidirectional Algorithm (UAX #9), a font for each run of letters,
 * and glyphs as the font joins, composes and places them (HarfBuzz).
 */
import bidiFactory from 'bidi-js';
import { Blob, Buffer as GlyphBuffer, ClusterLevel, Direction, Face, Font, shape } from 'harfbuzzjs';
import { MISSING, UNPRINTABLE, type Typeface } from './fonts.ts';
import { breakWord, charactersOf, cleanText, isPlainScript, RIGHT_TO_LEFT, scriptOf } from './script.ts';

/** All in 1/1000 of the size. */
export interface ShapedGlyph {
  readonly id: number;
  /** What it stands for; empty for the further glyphs of one text. */
  readonly text: string;
  readonly advance: number;
  /** From where it would stand to where it is drawn. */
  readonly x: number;
  readonly y: number;
}

export interface ShapedRun {
  readonly face: Typeface;
  /** From left to right. */
  readonly glyphs: readonly ShapedGlyph[];
}

export interface ShapedLine {
  /** From left to right. */
  readonly runs: readonly ShapedRun[];
  readonly width: number;
  /** Scripts of the characters that no font has; boxes stand for them. */
  readonly missing: readonly string[];
}

/** A part of a line that one call shapes. */
interface Segment {
  readonly face: Typeface;
  readonly level: number;
  readonly script: string | undefined;
  text: string;
}

/** Lines that are remembered of a font: those of the templates, and names that come again. */
const MAX_LINES = 1000;
const MAX_REMEMBERED_LENGTH = 200;
const lines = new WeakMap<Typeface, Map<string, ShapedLine>>();
/** Its types speak of an ES module, its code is CommonJS. */
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();
const buffer = new GlyphBuffer();
const fonts = new WeakMap<Typeface, { readonly font: Font; readonly scale: number }>();

/** True for what needs nothing of all this: the glyphs of `face` side by side. `text`: cleaned. */
export const isPlain = (text: string, face: Typeface): boolean =>
  isPlainScript(text) &&
  !/[^ -~]/u.test(text.replace(/[^ -~]/gu, (character) => (face.glyph(character) === 0 ? character : '')));

/** One line. */
export function shapeLine(text: string, face: Typeface): ShapedLine {
  const remembered = lines.get(face) ?? new Map<string, ShapedLine>();
  lines.set(face, remembered);
  const known = remembered.get(text);
  if (known) return known;
  const line = shapeAnew(text, face);
  if (text.length <= MAX_REMEMBERED_LENGTH) {
    const [oldest] = remembered.keys();
    if (oldest !== undefined && remembered.size >= MAX_LINES) remembered.delete(oldest);
    remembered.set(text, line);
  }
  return line;
}

function shapeAnew(text: string, face: Typeface): ShapedLine {
  const cleaned = cleanText(text);
  const turned = cleaned.startsWith(RIGHT_TO_LEFT);
  const missing = new Set<string>();
  const segments = segmentsOf(turned ? cleaned.slice(1) : cleaned, face, turned, missing);
  const runs = inVisualOrder(segments).map(shapeSegment);
  const width = runs.reduce((sum, { glyphs }) => glyphs.reduce((all, { advance }) => all + advance, sum), 0);
  return { runs, width, missing: [...missing] };
}

/** Direction, font and script of every character; what no font has becomes a box. */
function segmentsOf(text: string, face: Typeface, turned: boolean, missing: Set<string>): Segment[] {
  const { levels } = bidi.getEmbeddingLevels(text, turned ? 'rtl' : 'auto');
  const chain = [face, ...face.fallbacks];
  const segments: Segment[] = [];
  let at = 0;
  for (const character of charactersOf(text)) {
    const level = levels[at] ?? 0;
    at += character.length;
    const last = segments.at(-1);
    const script = scriptOf(character);
    const first = script === undefined && last && character !== ' ' ? [last.face, ...chain] : chain;
    const found = first.find((one) => hasAll(one, character));
    if (!found) missing.add(script ?? 'signs');
    const shown = found ? character : MISSING;
    const own = found ?? chain.find((one) => hasAll(one, MISSING)) ?? face;
    const joined =
      last?.face === own &&
      last.level === level &&
      (script === undefined || last.script === script || !last.script);
    if (joined)
      segments[segments.length - 1] = { ...last, text: last.text + shown, script: last.script ?? script };
    else segments.push({ face: own, level, script: found ? script : undefined, text: shown });
  }
  return segments;
}

const INVISIBLE = /[\u200c\u200d\ufe00-\ufe0f]/u;

const hasAll = (face: Typeface, character: string): boolean => {
  for (const part of character) if (face.glyph(part) === 0 && !INVISIBLE.test(part)) return false;
  return true;
};

/** False when a box would stand for a character, which has its marks with it; of these, joiners are never drawn. */
export function canDraw(character: string, face: Typeface): boolean {
  const letters = character.replace(/[\u200c\u200d]/g, '');
  const cleaned = cleanText(letters);
  if (cleaned.includes(UNPRINTABLE) && !letters.includes(UNPRINTABLE)) return false;
  return [face, ...face.fallbacks].some((one) => hasAll(one, cleaned));
}

/** The direction of a line by its first letter (UAX #9, P2 and P3), or as `breakLines` says. */
export const isRightToLeft = (line: string): boolean =>
  line.startsWith(RIGHT_TO_LEFT) ||
  (bidi.getEmbeddingLevels(line, 'auto').paragraphs[0]?.level ?? 0) % 2 === 1;

/** Rule L2 of UAX #9, on runs. */
function inVisualOrder(segments: readonly Segment[]): readonly Segment[] {
  const order = [...segments];
  const highest = Math.max(0, ...order.map(({ level }) => level));
  for (let level = highest; level >= 1; level--) {
    for (let from = 0; from < order.length; from++) {
      let to = from;
      while (to < order.length && order[to]!.level >= level) to++;
      if (to > from) order.splice(from, to - from, ...order.slice(from, to).reverse());
      from = to;
    }
  }
  return order;
}

function shapeSegment({ face, level, text }: Segment): ShapedRun {
  const rightToLeft = level % 2 === 1;
  const { font, scale } = fontOf(face);
  buffer.reset();
  buffer.setClusterLevel(ClusterLevel.MONOTONE_CHARACTERS);
  buffer.addText(text);
  buffer.setDirection(rightToLeft ? Direction.RTL : Direction.LTR);
  buffer.guessSegmentProperties();
  shape(font, buffer);
  const infos = buffer.getGlyphInfos();
  const positions = buffer.getGlyphPositions();
  const texts = textsOf(
    text,
    infos.map(({ cluster }) => cluster),
    rightToLeft,
  );
  const glyphs = infos.map(({ codepoint: id }, index): ShapedGlyph => {
    const { xAdvance, xOffset, yOffset } = positions[index]!;
    return { id, text: texts[index]!, advance: xAdvance * scale, x: xOffset * scale, y: yOffset * scale };
  });
  return { face, glyphs };
}

/**
 * What each glyph stands for. A letter with its marks is on one glyph, because readers put what they copy in order by
 * where it stands; and from right to left its characters are reversed, because readers turn the whole line again.
 */
function textsOf(text: string, clusters: readonly number[], rightToLeft: boolean): string[] {
  const starts: number[] = [];
  let at = 0;
  const used = new Set(clusters);
  for (const character of charactersOf(text)) {
    if (used.has(at)) starts.push(at);
    at += character.length;
  }
  const owner = (cluster: number): number => starts.findLastIndex((start) => start <= cluster);
  const carriers = new Map<number, number>();
  // from right to left the letter comes behind its marks
  const order = clusters.map((_, index) => (rightToLeft ? clusters.length - 1 - index : index));
  for (const index of order)
    if (!carriers.has(owner(clusters[index]!))) carriers.set(owner(clusters[index]!), index);
  return clusters.map((cluster, index) => {
    const own = owner(cluster);
    if (carriers.get(own) !== index) return '';
    const whole = text.slice(starts[own] ?? 0, starts[own + 1]);
    return rightToLeft ? [...whole].reverse().join('') : whole;
  });
}

function fontOf(face: Typeface): { readonly font: Font; readonly scale: number } {
  let known = fonts.get(face);
  if (!known) {
    const { file } = face;
    const own = new Face(
      new Blob(file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer),
    );
    known = { font: new Font(own), scale: 1000 / own.upem };
    fonts.set(face, known);
  }
  return known;
}

/** Width in points of a line of any script. */
export function widthOf(text: string, face: Typeface, size: number): number {
  const cleaned = cleanText(text);
  return isPlain(cleaned, face) ? face.width(cleaned, size) : (shapeLine(cleaned, face).width * size) / 1000;
}

/**
 * Breaks a text of any script into lines of at most `room` points: at spaces, where its script allows it, or inside
 * a word that is longer than a line. At least one line. Each line can be handed to `shapeLine`.
 */
export function breakLines(text: string, face: Typeface, size: number, room: number): string[] {
  const cleaned = cleanText(text).trim();
  if (isPlain(cleaned, face)) return face.wrap(cleaned, size, room);
  const turned = isRightToLeft(cleaned);
  const done: string[] = [];
  let line = '';
  let used = 0;
  const add = (piece: string, before: string): void => {
    const width = widthOf(before + piece, face, size);
    if (line !== '' && used + width > room) {
      done.push(line);
      line = '';
      used = 0;
    }
    const characters = charactersOf(piece);
    if (line === '' && widthOf(piece, face, size) > room && characters.length > 1) {
      for (const character of characters) add(character, '');
      return;
    }
    used += line === '' ? widthOf(piece, face, size) : width;
    line += line === '' ? piece : before + piece;
  };
  for (const word of cleaned.split(/ +/)) {
    for (const [index, piece] of breakWord(word).entries()) add(piece, index === 0 && line !== '' ? ' ' : '');
  }
  done.push(line);
  return turned ? done.map((part) => RIGHT_TO_LEFT + part) : done;
}
