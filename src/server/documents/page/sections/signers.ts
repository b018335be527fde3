/** Who signed: a card for each signer, or for a signer of several documents one with all of them. */
import { addElement, type StructureElement } from '@segl/ades/pdf/structure';
import type { Style } from '../drawing/ink.ts';
import type { Pen } from '../drawing/pen.ts';
import type { PageSigner, SignedDocument } from '../signature-page-data.ts';
import { cut, LABEL, NAME, TEXT, type Block, type Setting } from './block.ts';
import { COLUMN_GAP, factRows, isNarrow, type Fact, type FactRows } from './facts.ts';
import { handwritingBlock } from './handwriting.ts';

const SIGNED: Style = { font: 'bold', size: 'label', color: 'accent' };
const CHECK_MARK = '0 0 m 2.6 2.8 l 7.6 -3.2 l';
/** Between cards. */
const GAP = 7;

/** The same person, by the same means. */
interface Signed {
  readonly signer: PageSigner;
  readonly times: readonly { readonly at: Date; readonly document: SignedDocument | undefined }[];
}

interface Card {
  readonly height: number;
  draw(pen: Pen, x: number, y: number, height: number): void;
}

export function signerBlocks(
  setting: Setting,
  signers: readonly PageSigner[],
  parent: StructureElement,
  { ofOneDocument = setting.data.documents.length < 2 } = {},
): Block[] {
  const { columns } = setting.ink.template.layout;
  const width = (setting.room - (columns - 1) * COLUMN_GAP) / columns;
  const cards = grouped(setting, signers).map((signed) =>
    signerCard(setting, signed, width, addElement(parent, 'Sect'), ofOneDocument),
  );
  const blocks: Block[] = [];
  for (let at = 0; at < cards.length; at += columns) {
    const row = cards.slice(at, at + columns);
    const height = Math.max(...row.map((card) => card.height));
    blocks.push({
      kind: 'body',
      height,
      gap: GAP,
      draw: (pen, x, y) => {
        for (const [index, card] of row.entries()) {
          card.draw(pen, x + index * (width + COLUMN_GAP), y, height);
        }
      },
    });
  }
  return blocks;
}

/** Signers in the order of their first signature. What was written by hand belongs to its document, and stays alone. */
function grouped({ data }: Setting, signers: readonly PageSigner[]): Signed[] {
  const groups = new Map<
    unknown,
    { signer: PageSigner; times: { at: Date; document: SignedDocument | undefined }[] }
  >();
  for (const signer of signers) {
    const {
      name,
      method,
      byLogin = false,
      ownWord = false,
      identifier,
      nationalIdVerified,
      handwriting,
    } = signer;
    const alone = identifier === '' || handwriting !== undefined;
    const key = alone
      ? signer
      : JSON.stringify([name, method, byLogin, ownWord, identifier, nationalIdVerified]);
    const group = groups.get(key) ?? { signer, times: [] };
    groups.set(key, group);
    group.times.push({ at: signer.signedAt, document: data.documents[signer.documentIndex ?? 0] });
  }
  return [...groups.values()];
}

/** Ten digits, with or without a hyphen behind the sixth, are taken for a national id. */
const looksLikeCpr = (identifier: string): boolean => /(^|\D)\d{6}[- ]?\d{4}(\D|$)/.test(identifier);

function eidText(setting: Setting, { method, byLogin, ownWord }: PageSigner): string {
  if (byLogin) return setting.say('byLogin', { method });
  return ownWord ? setting.say('ownWord', { method }) : method;
}

const methodText = (setting: Setting, signer: PageSigner): string =>
  [eidText(setting, signer), signer.handwriting ? setting.say('handwritten').toLowerCase() : '']
    .filter(Boolean)
    .join(' + ')
    .replace(/^./u, (first) => first.toUpperCase());

const documentText = (document: SignedDocument): string =>
  cut(document.title) + (document.attachedAs === undefined ? '' : ` (${document.attachedAs})`);

function factsOf(setting: Setting, { signer, times }: Signed, ofOneDocument: boolean): Fact[] {
  const [first] = times;
  const facts: Fact[] = [];
  if (first && times.length === 1) facts.push([setting.say('signedAt'), setting.time(first.at)]);
  facts.push([setting.say('method'), methodText(setting, signer)]);
  if (signer.identifier !== '' && !looksLikeCpr(signer.identifier)) {
    facts.push([setting.say('identifier'), cut(signer.identifier)]);
  }
  if (signer.method === '') facts.push([setting.say('identifier'), setting.say('notIdentified')]);
  if (signer.nationalIdVerified) facts.push([setting.say('nationalId'), setting.say('nationalIdVerified')]);
  if (first?.document && times.length === 1 && !ofOneDocument) {
    facts.push([setting.say('document'), documentText(first.document)]);
  }
  return facts;
}

/** Several documents of one signer, each with its time. */
function signedRows(setting: Setting, { times }: Signed, room: number): FactRows {
  const { ink } = setting;
  if (times.length === 1) return { height: 0, draw: () => {} };
  const narrow = isNarrow(room);
  const rows = times.map(({ at, document }) => {
    const time = setting.time(at);
    const left = narrow ? room : room - ink.width(time, LABEL) - 16;
    return { time, title: ink.wrap(document ? documentText(document) : '', TEXT, left) };
  });
  const heightOf = ({ title }: (typeof rows)[number]): number =>
    title.length * ink.leading(TEXT) + (narrow ? ink.leading(LABEL) : 0) + 5;
  return {
    height: rows.reduce((sum, row) => sum + heightOf(row), 4),
    draw: (pen, x, y, parent) => {
      const list = addElement(parent, 'L');
      let at = y + 4;
      for (const row of rows) {
        pen.box(x, at, room, 0.5, 'line');
        const titleHeight = row.title.length * ink.leading(TEXT);
        pen.mark(addElement(addElement(list, 'LI'), 'LBody'), () => {
          pen.lines(row.title, x, at + 2.5, TEXT);
          if (narrow) pen.text(row.time, x, at + 2.5 + titleHeight, LABEL);
          else pen.text(row.time, x + room - ink.width(row.time, LABEL), at + 3.4, LABEL);
        });
        at += heightOf(row);
      }
    },
  };
}

function signerCard(
  setting: Setting,
  signed: Signed,
  width: number,
  element: StructureElement,
  ofOneDocument: boolean,
): Card {
  const { ink } = setting;
  const { card } = ink.template.layout;
  const { signer } = signed;
  const padding = card === 'rule' ? 0 : 12;
  const inset = card === 'rule' ? 7 : 9;
  const inner = width - 2 * padding;
  const badgeText = setting.say('signed');
  const badge = 14 + ink.width(badgeText, SIGNED);
  const name = ink.wrap(cut(signer.name), NAME, inner - badge - 10);
  const nameHeight = name.length * ink.leading(NAME) + 3;
  const facts = factRows(setting, factsOf(setting, signed, ofOneDocument), inner);
  const documents = signedRows(setting, signed, inner);
  const hand = signer.handwriting && handwritingBlock(ink, signer.handwriting, inner);
  const handHeight = hand ? ink.leading(LABEL) + hand.height + 3 : 0;

  return {
    height: 2 * inset + nameHeight + facts.height + documents.height + handHeight,
    draw: (pen, x, y, height) => {
      if (card === 'panel') {
        pen.box(x, y, width, height, 'panel');
        pen.box(x, y, 2.5, height, 'accent');
      } else if (card === 'frame') {
        pen.frame(x + 0.4, y + 0.4, width - 0.8, height - 0.8, 'line', 0.8);
      } else pen.box(x, y, width, 0.7, 'line');
      const left = x + padding;
      const right = x + width - padding;
      const nameElement = addElement(element, 'H3');
      pen.mark(nameElement, () => pen.lines(name, left, y + inset, NAME));
      const middle = y + inset + ink.leading(NAME) / 2;
      pen.stroke(CHECK_MARK, right - badge + 1, middle + 0.6, 'accent', 1.5);
      pen.mark(addElement(element, 'P'), () => {
        pen.text(badgeText, right - ink.width(badgeText, SIGNED), middle - ink.leading(SIGNED) / 2, SIGNED);
      });
      facts.draw(pen, left, y + inset + nameHeight, element);
      documents.draw(pen, left, y + inset + nameHeight + facts.height, element);
      if (!hand) return;
      const at = y + inset + nameHeight + facts.height + 3;
      const below = at + ink.leading(LABEL);
      pen.mark(addElement(element, 'P'), () => pen.text(setting.say('handwritten'), left, at, LABEL));
      if (hand.isText) return pen.mark(addElement(element, 'P'), () => hand.draw(pen, left, below));
      const figure = addElement(element, 'Figure', {
        alt: setting.say('handwritingOf', { name: cut(signer.name) }),
      });
      pen.figure(figure, [left, below, hand.width, hand.height], () => hand.draw(pen, left, below));
    },
  };
}
