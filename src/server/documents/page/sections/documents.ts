/** What was signed: a row for each document, or all that is told of one on its own page. */
import { addElement, type StructureElement } from '@segl/ades/pdf/structure';
import type { Style } from '../drawing/ink.ts';
import type { SignedDocument } from '../signature-page-data.ts';
import { cut, LABEL, STRONG, TEXT, type Block, type Setting } from './block.ts';

const DIGEST: Style = { font: 'mono', size: 'digest', color: 'text' };

/** `list`: the element that the rows go into. */
export function documentBlocks(setting: Setting, list: StructureElement): Block[] {
  return setting.data.documents.map((document) =>
    documentRow(setting, document, addElement(addElement(list, 'LI'), 'LBody')),
  );
}

/** E.g. `PDF document`, or the media type itself where it has no name. */
function kindOf({ texts }: Setting, { mimeType }: SignedDocument): string {
  const [mediaType = ''] = mimeType.split(';');
  return texts.mimeTypes.get(mediaType.trim().toLowerCase()) ?? mediaType;
}

function documentRow(setting: Setting, document: SignedDocument, element: StructureElement): Block {
  const { ink, room } = setting;
  const { attachedAs } = document;
  const kind = kindOf(setting, document);
  const type =
    attachedAs === undefined ? kind : `${kind}, ${setting.say('attachedAs', { name: attachedAs })}`;
  const typeWidth = ink.width(type, LABEL);
  const title = ink.wrap(cut(document.title), STRONG, room - typeWidth - 16);
  const label = setting.say('sha256');
  const labelWidth = ink.width(`${label}  `, LABEL) + 4;
  const digest = ink.wrap(document.sha256, DIGEST, room - labelWidth);
  const titleHeight = title.length * ink.leading(STRONG);
  const height = 5 + titleHeight + digest.length * ink.leading(DIGEST) + 5;
  return {
    kind: 'body',
    height,
    gap: 0,
    draw: (pen, x, y) => {
      pen.box(x, y, room, 0.6, 'line');
      pen.mark(addElement(element, 'P'), () => {
        pen.lines(title, x, y + 5, STRONG);
        pen.text(type, x + room - typeWidth, y + 5.5, LABEL);
      });
      pen.mark(addElement(element, 'P'), () => {
        pen.text(label, x, y + 5 + titleHeight + 0.4, LABEL);
        pen.lines(digest, x + labelWidth, y + 5 + titleHeight, DIGEST);
      });
    },
  };
}

/** Label and value, below each other. */
export function documentFacts(setting: Setting, document: SignedDocument, parent: StructureElement): Block[] {
  const { ink, room } = setting;
  const { attachedAs } = document;
  const facts: (readonly [label: string, value: string, style: Style])[] = [
    [setting.say('mediaType'), kindOf(setting, document), TEXT],
    ...(attachedAs === undefined
      ? []
      : [[setting.say('document'), setting.say('attachedAs', { name: attachedAs }), TEXT] as const]),
    [setting.say('sha256'), document.sha256, DIGEST],
  ];
  const labels = Math.max(...facts.map(([label]) => ink.width(label, LABEL))) + 14;
  return facts.map(([label, value, style]) => {
    const lines = ink.wrap(value, style, room - labels);
    const element = addElement(parent, 'P');
    return {
      kind: 'body',
      height: lines.length * ink.leading(TEXT),
      gap: 2,
      draw: (pen, x, y) =>
        pen.mark(element, () => {
          pen.text(label, x, y + (ink.leading(TEXT) - ink.leading(LABEL)) * 0.62, LABEL);
          pen.lines(lines, x + labels, y + (ink.leading(TEXT) - ink.leading(style)) * 0.62, style);
        }),
    };
  });
}
