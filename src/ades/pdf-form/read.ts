/**
 * Reads the interactive form of a PDF (ISO 32000-1, 12.7): what can be filled in, as a person sees it. Only fields with
 * a place on a page count; what cannot be seen cannot be agreed to.
 */
import { PdfDocument, type DictObject } from '../pdf/document.ts';
import { signatureFields } from '../pdf/form.ts';
import { PdfName, PdfRef, PdfString, isDict, nameOf } from '../pdf/objects.ts';
import type { PdfDict, PdfValue } from '../pdf/objects.ts';
import { readTextString } from '../pdf/text-string.ts';
import { formRefused } from './refused.ts';
import { inTabOrder } from './tab-order.ts';
import { numberOr, onState, readLook, seenBox, visibleBox, type Box, type Look } from './widget.ts';

export type PdfFieldKind = 'text' | 'lines' | 'check' | 'radio' | 'choice' | 'choices';

export interface PdfFieldOption {
  readonly value: string;
  readonly label: string;
}

/** One place of a field on a page. */
export interface PdfWidget {
  /** From 0. */
  readonly page: number;
  readonly box: Box;
  readonly look: Look;
  /** Of a check box or radio button: the value for which it is on. */
  readonly value?: string;
}

export interface PdfField {
  /** Full name, parts joined by dots. */
  readonly name: string;
  /** What readers are shown as its name. */
  readonly label: string;
  /** Where it is first met, from 1. */
  readonly page: number;
  readonly kind: PdfFieldKind;
  readonly required: boolean;
  readonly readOnly: boolean;
  /** Characters, of texts. */
  readonly maxLength?: number;
  /** Each character in a cell of its own, `maxLength` of them. */
  readonly comb: boolean;
  /** Of a choice: other texts than the options are allowed too. */
  readonly open: boolean;
  readonly options: readonly PdfFieldOption[];
  /** What the PDF has filled in. */
  readonly values: readonly string[];
  readonly widgets: readonly PdfWidget[];
}

export interface PdfForm {
  readonly document: PdfDocument;
  readonly pages: readonly DictObject[];
  /** In the order of pages, and of the tab key on each. */
  readonly fields: readonly PdfField[];
}

/** What a form may have at most. People do not fill in more; machines that try are refused early. */
export const FORM_LIMITS = { bytes: 20 << 20, fields: 1000, widgets: 4000, options: 20_000, text: 2000 };

const READ_ONLY = 1 << 0;
const REQUIRED = 1 << 1;
const MULTILINE = 1 << 12;
const PASSWORD = 1 << 13;
const PUSH_BUTTON = 1 << 16;
const RADIO = 1 << 15;
const COMBO = 1 << 17;
const EDIT = 1 << 18;
const FILE = 1 << 20;
const MULTI_SELECT = 1 << 21;
const COMB = 1 << 24;

const MAX_DEPTH = 64;
const LONGEST_LABEL = 300;

interface FoundWidget {
  readonly dict: PdfDict;
  readonly ref: PdfRef | undefined;
  readonly page: number;
  readonly box: Box;
}

/** A widget with the field it belongs to: the nearest dictionary upwards that has a name. */
interface Placed extends FoundWidget {
  readonly field: PdfDict;
  readonly name: string;
  /** From the widget upwards. */
  readonly line: readonly PdfDict[];
}

/**
 * Throws FORM_PDF_REFUSED for what cannot be offered: no fields, XFA, signatures, fields that take files or hide what
 * is typed, more of anything than FORM_LIMITS. The file must have passed `checkPdf`.
 */
export function readForm(bytes: Uint8Array): PdfForm {
  if (bytes.length > FORM_LIMITS.bytes) {
    throw formRefused(`it has ${bytes.length} bytes; a form may have at most ${FORM_LIMITS.bytes}`);
  }
  const document = PdfDocument.open(bytes);
  const form = document.dict(document.catalog.dict.get('AcroForm'), '/AcroForm');
  if (!form) throw formRefused('it has no form fields (AcroForm)');
  if (form.has('XFA')) throw formRefused('its form is XFA; save it as a form with plain fields (AcroForm)');
  if (signatureFields(document).some(({ signature }) => signature)) {
    throw formRefused('it is signed already, and filling in would break the signature');
  }
  const pages = [...document.pages()];
  const placed = pages.flatMap((page, index) => widgetsOf(document, page, index));
  if (placed.length > FORM_LIMITS.widgets) {
    throw formRefused(`it has more than ${FORM_LIMITS.widgets} places to fill in`);
  }
  const groups = new Map<string, Placed[]>();
  for (const widget of placed) {
    const group = groups.get(widget.name);
    if (group) group.push(widget);
    else groups.set(widget.name, [widget]);
  }
  if (groups.size > FORM_LIMITS.fields) throw formRefused(`it has more than ${FORM_LIMITS.fields} fields`);
  const fields = [...groups].flatMap(([name, widgets]) => readField(document, form, name, widgets) ?? []);
  if (fields.length === 0) throw formRefused('it has no form fields that can be seen and filled in');
  const options = fields.reduce((sum, field) => sum + field.options.length, 0);
  if (options > FORM_LIMITS.options)
    throw formRefused(`its fields have more than ${FORM_LIMITS.options} options`);
  return { document, pages, fields };
}

function widgetsOf(document: PdfDocument, page: DictObject, index: number): Placed[] {
  const visible = visibleBox(document, page);
  const found: FoundWidget[] = [];
  for (const item of document.array(page.dict.get('Annots'), '/Annots of a page')) {
    const dict = document.resolve(item);
    if (!isDict(dict) || nameOf(document.resolve(dict.get('Subtype'))) !== 'Widget') continue;
    const box = seenBox(document, dict, visible);
    if (box) found.push({ dict, ref: item instanceof PdfRef ? item : undefined, page: index, box });
  }
  return inTabOrder(document, page, found).flatMap((widget) => place(document, widget) ?? []);
}

function place(document: PdfDocument, widget: FoundWidget): Placed | undefined {
  const line: PdfDict[] = [];
  let field: PdfDict | undefined;
  const parts: string[] = [];
  for (let node: PdfValue = widget.dict; isDict(node); node = document.resolve(node.get('Parent'))) {
    if (line.length >= MAX_DEPTH) throw formRefused(`its fields are deeper than ${MAX_DEPTH} levels`);
    line.push(node);
    const part = document.resolve(node.get('T'));
    if (!(part instanceof PdfString)) continue;
    field ??= node;
    parts.unshift(readTextString(part));
  }
  return field && { ...widget, field, name: parts.join('.'), line };
}

/** Undefined for what is nothing to fill in: push buttons, and places for signatures. */
function readField(
  document: PdfDocument,
  form: PdfDict,
  name: string,
  widgets: readonly Placed[],
): PdfField | undefined {
  const [first] = widgets;
  if (!first) return undefined;
  const attribute = (key: string, { line }: Placed = first): PdfValue => {
    for (const dict of line) {
      const value = document.resolve(dict.get(key));
      if (value !== null) return value;
    }
    return null;
  };
  const type = nameOf(attribute('FT'));
  const flags = numberOr(attribute('Ff'), 0);
  if (type === 'Sig' || (type === 'Btn' && (flags & PUSH_BUTTON) !== 0)) return undefined;
  if (name === '' || name.length > FORM_LIMITS.text || hasControls(name)) {
    throw formRefused(`it has a field whose name cannot be told: "${printable(name, 60)}"`);
  }
  const refuse = (why: string) => formRefused(`the field "${name}" ${why}`);
  if (widgets.some((widget) => nameOf(attribute('FT', widget)) !== type)) {
    throw refuse('is there twice, with different types');
  }
  if (type === 'Tx' && (flags & PASSWORD) !== 0) throw refuse('hides what is typed (a password field)');
  if (type === 'Tx' && (flags & FILE) !== 0) throw refuse('asks for a file');
  if (type !== 'Tx' && type !== 'Btn' && type !== 'Ch') throw refuse('has no type that is known');

  const tip = document.resolve(first.field.get('TU'));
  const common = {
    name,
    label: (tip instanceof PdfString && printable(readTextString(tip), LONGEST_LABEL)) || name,
    page: first.page + 1,
    required: (flags & REQUIRED) !== 0,
    readOnly: (flags & READ_ONLY) !== 0,
  };
  const looks = widgets.map((widget) =>
    readLook(document, widget.dict, {
      appearance: attribute('DA', widget) ?? document.resolve(form.get('DA')),
      alignment: attribute('Q', widget) ?? document.resolve(form.get('Q')),
    }),
  );
  const places = widgets.map(({ page, box }, index): PdfWidget => ({ page, box, look: looks[index]! }));
  if (type === 'Btn') {
    return { ...common, ...readButtons(document, widgets, places, attribute, (flags & RADIO) !== 0) };
  }
  if (type === 'Ch') {
    const many = (flags & COMBO) === 0 && (flags & MULTI_SELECT) !== 0;
    const options = readOptions(document, attribute('Opt'), refuse);
    const open = (flags & COMBO) !== 0 && (flags & EDIT) !== 0;
    const values = textsOf(document, attribute('V')).filter(
      (value) => value !== '' && (open || options.some((option) => option.value === value)),
    );
    const kind = many ? ('choices' as const) : ('choice' as const);
    return {
      ...common,
      ...{ kind, comb: false, open, options, values: many ? values : values.slice(0, 1), widgets: places },
    };
  }
  const maxLength = numberOr(attribute('MaxLen'), 0);
  const kind = (flags & MULTILINE) !== 0 ? ('lines' as const) : ('text' as const);
  const [text = ''] = textsOf(document, attribute('V'));
  const value = kind === 'lines' ? text.replace(/\r\n?/g, '\n') : text;
  return {
    ...common,
    kind,
    ...(maxLength > 0 && Number.isInteger(maxLength) && { maxLength }),
    comb: kind === 'text' && (flags & COMB) !== 0 && maxLength > 0,
    open: false,
    options: [],
    values: value === '' ? [] : [value.slice(0, 10_000)],
    widgets: places,
  };
}

function readButtons(
  document: PdfDocument,
  widgets: readonly Placed[],
  places: readonly PdfWidget[],
  attribute: (key: string, widget?: Placed) => PdfValue,
  radio: boolean,
): Pick<PdfField, 'kind' | 'comb' | 'open' | 'options' | 'values' | 'widgets'> {
  const exported = document.resolve(attribute('Opt'));
  const texts = Array.isArray(exported) ? textsOf(document, exported) : [];
  /** The text that stands for a state: with /Opt, states are numbers of its entries (12.7.4.2.3). */
  const valueOf = (state: string): string =>
    /^\d{1,5}$/.test(state) && texts[Number(state)] !== undefined ? texts[Number(state)]! : nameText(state);
  const states = widgets.map(({ dict }, index) => onState(document, dict) ?? (radio ? String(index) : 'Yes'));
  const buttons = places.map((place, index): PdfWidget => ({ ...place, value: valueOf(states[index]!) }));
  const values = [...new Set(buttons.map(({ value }) => value!))];
  const isChoice = radio || values.length > 1;
  const options = values.map((value): PdfFieldOption => {
    const index = buttons.findIndex((button) => button.value === value);
    const widget = widgets[index]!;
    const tip = widget.dict === widget.field ? null : document.resolve(widget.dict.get('TU'));
    const label = tip instanceof PdfString ? printable(readTextString(tip), LONGEST_LABEL) : '';
    return { value, label: label || value };
  });
  for (const { value } of options) {
    if (hasControls(value) || value.length > FORM_LIMITS.text)
      throw formRefused('a check box or radio button has a value that cannot be told');
  }
  const own = attribute('V');
  const state = own instanceof PdfName ? own.name : nameOf(document.resolve(widgets[0]?.dict.get('AS')));
  const value = state === undefined || state === 'Off' ? undefined : valueOf(state);
  return {
    kind: isChoice ? 'radio' : 'check',
    comb: false,
    open: false,
    options,
    values: value !== undefined && values.includes(value) ? [value] : [],
    widgets: buttons,
  };
}

/** Entries are texts, or pairs of a value and the text that is shown for it (12.7.4.4). */
function readOptions(
  document: PdfDocument,
  value: PdfValue,
  refuse: (why: string) => Error,
): PdfFieldOption[] {
  const options = new Map<string, PdfFieldOption>();
  for (const item of Array.isArray(value) ? value : []) {
    const [exported, shown] = textsOf(document, document.resolve(item));
    if (exported === undefined) continue;
    const label = printable(shown ?? exported, LONGEST_LABEL) || exported;
    if (hasControls(exported) || exported.length > FORM_LIMITS.text)
      throw refuse('has an option that cannot be told');
    // an empty one is how forms write "nothing chosen"
    if (exported !== '' && !options.has(exported)) options.set(exported, { value: exported, label });
  }
  return [...options.values()];
}

/** The texts of a text string, or of an array of them. */
function textsOf(document: PdfDocument, value: PdfValue): string[] {
  if (value instanceof PdfString) return [readTextString(value).normalize('NFC')];
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    const text = document.resolve(item);
    return text instanceof PdfString ? [readTextString(text).normalize('NFC')] : [];
  });
}

/** Names are bytes; since PDF 1.2 they are meant to be UTF-8. */
function nameText(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).normalize('NFC');
  } catch {
    return name;
  }
}

/** What neither XML nor a page can carry. */
const hasControls = (text: string): boolean => /[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(text);

const printable = (text: string, longest: number): string => {
  const line = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
};
