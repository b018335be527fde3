/** The audit trail: what happened and when, in the words of the template. Its data stays in the packages. */
import { addElement, type StructureElement } from '@segl/ades/pdf/structure';
import type { Style } from '../drawing/ink.ts';
import type { PageEvent } from '../signature-page-data.ts';
import { cut, LABEL, paragraph, sectionTitle, space, type Block, type Setting } from './block.ts';

const HEAD: Style = { font: 'bold', size: 'label', color: 'muted' };
const CELL: Style = { font: 'regular', size: 'label', color: 'text' };
/** Parts of the width: time, event, signer. */
const COLUMNS = [0.37, 0.35, 0.28] as const;
const COLUMN_GAP = 8;
/** More are counted, and are in the packages. */
export const MAX_EVENTS = 300;

/** Nothing where there is no event that has a text. */
export function trailBlocks(
  setting: Setting,
  events: readonly PageEvent[],
  parent: StructureElement,
  { ofOneDocument = setting.data.documents.length < 2 } = {},
): Block[] {
  const { texts, data } = setting;
  const told = events.filter(({ type }) => (texts.events.get(type) ?? '') !== '');
  if (told.length === 0) return [];
  const heading = sectionTitle(setting, addElement(parent, 'H2'), setting.say('trail'));
  const table = addElement(parent, 'Table');
  const head = [setting.say('trailTime'), setting.say('trailEvent'), setting.say('trailSigner')];
  const rows = told.slice(0, MAX_EVENTS).map(({ at, type, signer, documentIndex }) => {
    const document = documentIndex === undefined ? undefined : data.documents[documentIndex];
    const event = texts.events.get(type) ?? '';
    const about = ofOneDocument || !document ? '' : ` – ${cut(document.title)}`;
    return [setting.time(at), event + about, cut(signer)];
  });
  const left = told.length - rows.length;
  const repeated = row(setting, undefined, head, HEAD);
  return [
    heading,
    row(setting, table, head, HEAD),
    ...rows.map((cells) => ({ ...row(setting, table, cells, CELL), head: repeated })),
    ...(left > 0
      ? [
          space(4),
          paragraph(
            setting,
            addElement(parent, 'P'),
            setting.say('trailNote', { count: String(left) }),
            LABEL,
            0,
          ),
        ]
      : []),
    space(14),
  ];
}

/** Without a table it is decoration. */
function row(
  setting: Setting,
  table: StructureElement | undefined,
  cells: readonly string[],
  style: Style,
): Block {
  const { ink, room } = setting;
  const isHead = style === HEAD;
  const element = table && addElement(table, 'TR');
  const set = cells.map((cell, index) => ink.wrap(cell, style, room * (COLUMNS[index] ?? 0) - COLUMN_GAP));
  const lines = Math.max(...set.map(({ length }) => length));
  return {
    kind: isHead ? 'heading' : 'body',
    height: lines * ink.leading(style) + 3.6,
    gap: 0,
    draw: (pen, x, y) => {
      pen.box(x, y, room, 0.5, 'line');
      let left = x;
      for (const [index, cell] of set.entries()) {
        const at = left;
        const write = (): unknown => pen.lines(cell, at, y + 2.2, style);
        if (!element) write();
        else
          pen.mark(addElement(element, isHead ? 'TH' : 'TD', isHead ? { isColumnHeader: true } : {}), write);
        left += room * (COLUMNS[index] ?? 0);
      }
    },
  };
}
