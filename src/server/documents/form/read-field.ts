/** Reads one field of a form (ISO 32000-1, 12.7.4): its kind, its flags, its options and its values. */
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';
import type { PdfDocument } from '@segl/ades/pdf/document';
import { PdfName, PdfString, nameOf } from '@segl/ades/pdf/objects';
import type { PdfDict, PdfValue } from '@segl/ades/pdf/objects';
import { readTextString } from '@segl/ades/pdf/text-string';
import { hasControls, nameText, printable, textsOf } from './field-text.ts';
import { FORM_LIMITS, type PdfField, type PdfFieldOption, type PdfWidget } from './form.ts';
import { formRefused } from './refused.ts';
import { numberOr, onState, readLook, type Box } from './widget.ts';

/** Field flags (tables 221, 226, 228 and 230). */
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

const LONGEST_LABEL = 300;

export interface FoundWidget {
  readonly dict: PdfDict;
  readonly page: number;
  readonly box: Box;
}

/** A widget with the field it belongs to: the nearest dictionary upwards that has a name. */
export interface Placed extends FoundWidget {
  readonly field: PdfDict;
  readonly name: string;
  /** From the widget upwards. */
  readonly line: readonly PdfDict[];
}

/** Undefined for what is nothing to fill in: push buttons, and places for signatures. */
export function readField(
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
    throw formRefused(serverProblems.of('form-pdf/name', { name: printable(name, 60) }));
  }
  const refuse = (why: Problem) => formRefused(serverProblems.of('form-pdf/field', { name, why }));
  if (widgets.some((widget) => nameOf(attribute('FT', widget)) !== type)) {
    throw refuse(serverProblems.of('form-pdf/types-differ'));
  }
  if (type === 'Tx' && (flags & PASSWORD) !== 0) throw refuse(serverProblems.of('form-pdf/password'));
  if (type === 'Tx' && (flags & FILE) !== 0) throw refuse(serverProblems.of('form-pdf/file'));
  if (type !== 'Tx' && type !== 'Btn' && type !== 'Ch')
    throw refuse(serverProblems.of('form-pdf/type-unknown'));

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
      throw formRefused(serverProblems.of('form-pdf/button-value'));
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
  refuse: (why: Problem) => Error,
): PdfFieldOption[] {
  const options = new Map<string, PdfFieldOption>();
  for (const item of Array.isArray(value) ? value : []) {
    const [exported, shown] = textsOf(document, document.resolve(item));
    if (exported === undefined) continue;
    const label = printable(shown ?? exported, LONGEST_LABEL) || exported;
    if (hasControls(exported) || exported.length > FORM_LIMITS.text)
      throw refuse(serverProblems.of('form-pdf/option'));
    // an empty one is how forms write "nothing chosen"
    if (exported !== '' && !options.has(exported)) options.set(exported, { value: exported, label });
  }
  return [...options.values()];
}
