/** Labels and values of a signer, above each other or side by side. */
import { addElement, type StructureElement } from '@segl/ades/pdf/structure';
import type { Ink } from '../drawing/ink.ts';
import type { Pen } from '../drawing/pen.ts';
import { LABEL, TEXT, type Setting } from './block.ts';

/** Between columns. */
export const COLUMN_GAP = 12;

export type Fact = readonly [label: string, value: string];

/** Where there is less room labels stand before their values, not above them. */
export const isNarrow = (room: number): boolean => room < 300;

/** Facts as they are set: above each other, or two and two. */
export interface FactRows {
  readonly height: number;
  draw(pen: Pen, x: number, y: number, parent: StructureElement): void;
}

export function factRows(setting: Setting, facts: readonly Fact[], room: number): FactRows {
  return isNarrow(room) ? listedFacts(setting, facts, room) : pairedFacts(setting.ink, facts, room);
}

const LABELS = ['signedAt', 'method', 'identifier', 'nationalId'] as const;

/** Each with its label above, in two columns. */
function pairedFacts(ink: Ink, facts: readonly Fact[], room: number): FactRows {
  const column = (room - COLUMN_GAP) / 2;
  const set = facts.map(([label, value]) => ({
    label: ink.wrap(label, LABEL, column),
    value: ink.wrap(value, TEXT, column),
  }));
  const rows = Array.from({ length: Math.ceil(set.length / 2) }, (_, row) => set.slice(row * 2, row * 2 + 2));
  const heightOf = (row: typeof set): number =>
    Math.max(
      ...row.map(({ label, value }) => label.length * ink.leading(LABEL) + value.length * ink.leading(TEXT)),
    ) + 3;
  return {
    height: rows.reduce((sum, row) => sum + heightOf(row), -3),
    draw: (pen, x, y, parent) => {
      let at = y;
      for (const row of rows) {
        for (const [index, { label, value }] of row.entries()) {
          const left = x + index * (column + COLUMN_GAP);
          pen.mark(addElement(parent, 'P'), () => {
            const used = pen.lines(label, left, at, LABEL);
            pen.lines(value, left, at + used, TEXT);
          });
        }
        at += heightOf(row);
      }
    },
  };
}

/** Each in a line of its own, the label in front. */
function listedFacts(setting: Setting, facts: readonly Fact[], room: number): FactRows {
  const { ink } = setting;
  // the same on all cards
  const widest = Math.max(...LABELS.map((name) => ink.width(setting.say(name), LABEL)));
  const labels = Math.min(room * 0.34, widest + 8);
  const set = facts.map(([label, value]) => ({
    label: ink.wrap(label, LABEL, labels - 6),
    value: ink.wrap(value, TEXT, room - labels),
  }));
  const down = (ink.leading(TEXT) - ink.leading(LABEL)) * 0.62;
  const heightOf = ({ label, value }: (typeof set)[number]): number =>
    Math.max(label.length * ink.leading(LABEL) + down, value.length * ink.leading(TEXT)) + 1;
  return {
    height: set.reduce((sum, row) => sum + heightOf(row), -1),
    draw: (pen, x, y, parent) => {
      let at = y;
      for (const row of set) {
        pen.mark(addElement(parent, 'P'), () => {
          pen.lines(row.label, x, at + down, LABEL);
          pen.lines(row.value, x + labels, at, TEXT);
        });
        at += heightOf(row);
      }
    },
  };
}
