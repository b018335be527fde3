/**
 * The logical structure of pages (ISO 32000-1, 14.7 and 14.8), and how that of new pages is joined to a document's own in
 * an incremental update.
 */
import type { PdfDocument } from './document.ts';
import { signatureFields } from './form.ts';
import { isDict, nameOf, PdfName, PdfRef } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { textString } from './text-string.ts';
import type { IncrementalUpdate } from './update.ts';

/** What is marked on a page under a number (MCID). */
export interface MarkedContent {
  /** Index of the page. */
  readonly page: number;
  readonly id: number;
}

/** The place of the signature field among the elements. */
export const FIELD = Symbol('field');

export interface StructureElement {
  /** A standard structure type (14.8.4), e.g. `P`. */
  readonly type: string;
  /** In reading order. */
  readonly kids: (StructureElement | MarkedContent | typeof FIELD)[];
  /** BCP 47. */
  readonly language?: string;
  /** What stands for a picture where it cannot be seen. */
  readonly alt?: string;
  /** The cell names its column. */
  readonly isColumnHeader?: true;
  /** What the content says, where its glyphs do not stand in the order in which they are read. */
  actualText?: string;
  /** Where a figure stands on its page, in points: left, bottom, right, top. */
  box?: readonly [number, number, number, number];
}

/** A new last kid of `parent`. */
export function addElement(
  parent: StructureElement,
  type: string,
  more: Pick<StructureElement, 'language' | 'alt' | 'isColumnHeader'> = {},
): StructureElement {
  const element: StructureElement = { type, kids: [], ...more };
  parent.kids.push(element);
  return element;
}

/** New pages and the field on them, all in the update already. */
export interface StructuredPages {
  readonly pages: readonly PdfRef[];
  readonly field: PdfRef;
  readonly structure: StructureElement;
}

/**
 * Joins the structure of new pages to that of the document and gives the field's /StructParent.
 *
 * Only where the document says of itself that it is tagged: in one that is not, a structure for the last pages alone would
 * make readers that follow it pass over all others. And only where nobody signed before: what a signature covers stays as
 * it is, but for what is added behind it. A structure that breaks the rules is left alone. Undefined: nothing was joined.
 */
export function joinStructure(
  document: PdfDocument,
  update: IncrementalUpdate,
  catalog: PdfDict,
  { pages, field, structure }: StructuredPages,
): number | undefined {
  const mark = document.resolve(catalog.get('MarkInfo'));
  if (!isDict(mark) || document.resolve(mark.get('Marked')) !== true) return undefined;
  const root = catalog.get('StructTreeRoot');
  const before = document.resolve(root);
  if (!(root instanceof PdfRef) || !isDict(before)) return undefined;
  if (signatureFields(document).some(({ signature }) => signature)) return undefined;
  const first = nextKey(document, before);
  if (first === undefined) return undefined;
  const parent = topElement(document, before) ?? root;
  const owner = update.editDict(root);

  const parents = pages.map((): PdfValue[] => []);
  let fieldParent: PdfRef | undefined;
  const write = ({ kids, ...element }: StructureElement, above: PdfRef): PdfRef => {
    const ref = update.reserve();
    const written = kids.map((kid): PdfValue => {
      if (kid === FIELD) {
        fieldParent = ref;
        return new Map<string, PdfValue>([
          ['Type', new PdfName('OBJR')],
          ['Obj', field],
        ]);
      }
      if ('type' in kid) return write(kid, ref);
      (parents[kid.page] ?? [])[kid.id] = ref;
      return new Map<string, PdfValue>([
        ['Type', new PdfName('MCR')],
        ['Pg', pages[kid.page] ?? null],
        ['MCID', kid.id],
      ]);
    });
    update.put(ref, elementDict(element, above, written));
    return ref;
  };
  addKid(document, update, parent, write(structure, parent));
  const rows: [number, PdfValue][] = parents.map((list, index) => [first + index, update.add([...list])]);
  for (const [index, page] of pages.entries()) {
    const dict = update.editDict(page);
    dict.set('StructParents', first + index);
    dict.set('Tabs', new PdfName('S'));
  }
  const next = first + pages.length;
  if (fieldParent) rows.push([next, fieldParent]);
  addParents(document, update, owner, rows);
  owner.set('ParentTreeNextKey', first + rows.length);
  return fieldParent && next;
}

function elementDict(element: Omit<StructureElement, 'kids'>, above: PdfRef, kids: PdfValue[]): PdfDict {
  const { type, language, alt, actualText, box, isColumnHeader } = element;
  const dict: PdfDict = new Map<string, PdfValue>([
    ['Type', new PdfName('StructElem')],
    ['S', new PdfName(type)],
    ['P', above],
    ['K', kids],
  ]);
  if (language !== undefined) dict.set('Lang', textString(language));
  if (alt !== undefined) dict.set('Alt', textString(alt));
  if (actualText !== undefined) dict.set('ActualText', textString(actualText));
  const attributes = (owner: string, name: string, value: PdfValue): PdfDict =>
    new Map([
      ['O', new PdfName(owner)],
      [name, value],
    ]);
  if (isColumnHeader) dict.set('A', attributes('Table', 'Scope', new PdfName('Column')));
  if (box) dict.set('A', attributes('Layout', 'BBox', [...box]));
  return dict;
}

/** The one Document element that all others are in, where there is one. */
function topElement(document: PdfDocument, root: PdfDict): PdfRef | undefined {
  const kids = root.get('K');
  const list = document.resolve(kids);
  const only = Array.isArray(list) ? (list.length === 1 ? list[0] : undefined) : kids;
  if (!(only instanceof PdfRef)) return undefined;
  const element = document.get(only);
  return isDict(element) && nameOf(document.resolve(element.get('S'))) === 'Document' ? only : undefined;
}

function addKid(document: PdfDocument, update: IncrementalUpdate, parent: PdfRef, kid: PdfRef): void {
  const dict = update.editDict(parent);
  const before = dict.get('K') ?? null;
  if (Array.isArray(document.resolve(before))) update.arrayIn(dict, 'K').push(kid);
  else dict.set('K', document.resolve(before) === null ? [kid] : [before, kid]);
}

/** The first free key of the parent tree; undefined when the tree is not what it should be. */
function nextKey(document: PdfDocument, root: PdfDict): number | undefined {
  const tree = document.resolve(root.get('ParentTree'));
  if (tree === null) return 0;
  if (!isDict(tree)) return undefined;
  const keys: PdfValue[] = [document.resolve(root.get('ParentTreeNextKey')) ?? 0];
  const nums = document.resolve(tree.get('Nums'));
  const kids = document.resolve(tree.get('Kids'));
  if (Array.isArray(nums) === Array.isArray(kids)) return undefined;
  if (Array.isArray(nums)) for (let at = 0; at < nums.length; at += 2) keys.push(after(nums[at] ?? null));
  for (const kid of Array.isArray(kids) ? kids : []) {
    const node = document.resolve(kid);
    const limits = isDict(node) ? document.resolve(node.get('Limits')) : null;
    keys.push(after(Array.isArray(limits) ? document.resolve(limits[1]) : null));
  }
  const numbers = keys.filter((key): key is number => Number.isSafeInteger(key) && Number(key) >= 0);
  return numbers.length === keys.length ? Math.max(...numbers) : undefined;
}

const after = (key: PdfValue): PdfValue => (typeof key === 'number' ? key + 1 : null);

/** Rows behind all others of the parent tree, a number tree (7.9.7). */
function addParents(
  document: PdfDocument,
  update: IncrementalUpdate,
  root: PdfDict,
  rows: readonly (readonly [number, PdfValue])[],
): void {
  const tree = update.dictIn(root, 'ParentTree');
  const flat = rows.flat();
  if (!Array.isArray(document.resolve(tree.get('Kids')))) {
    update.arrayIn(tree, 'Nums').push(...flat);
    return;
  }
  const limits = [rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? 0];
  update.arrayIn(tree, 'Kids').push(
    update.add(
      new Map<string, PdfValue>([
        ['Limits', limits],
        ['Nums', flat],
      ]),
    ),
  );
}
