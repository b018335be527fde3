/** A form that a signer fills in before reading: its fields, what may stand in them, and how the wire says it. Pure. */
import type { Problem } from '@segl/problem/problem';
import type { FormParam } from './model.ts';
import type { InvalidValue } from './invalid-value.ts';
import { orderProblems } from './problems.ts';

/** The one form on offer: the fields of the PDF itself, as a page of the portal. */
export const FORM_ID = 'interactive';

/**
 * `text`: one line; `lines`: several; `check`: on or not; `radio`: one of its options or none; `choice`: the same, or
 * another text where it is `open`; `choices`: any number of its options.
 */
export type FieldKind = 'text' | 'lines' | 'check' | 'radio' | 'choice' | 'choices';

export interface FormField {
  readonly name: string;
  readonly label: string;
  /** From 1. */
  readonly page: number;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly readOnly: boolean;
  /** Characters. */
  readonly maxLength?: number;
  readonly open: boolean;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** What the document has filled in. */
  readonly values: readonly string[];
}

/** By the names of fields; a field without values is empty. */
export type FormValues = ReadonlyMap<string, readonly string[]>;

/** What is wrong with the value of a field. `detail`: the largest length, or the characters that cannot be printed. */
export interface FieldProblem {
  readonly name: string;
  readonly kind: 'missing' | 'too-long' | 'not-an-option' | 'one-only' | 'characters' | 'space';
  readonly detail?: string;
}

/** Characters of one value; a signer who has more to say uploads a document. */
export const LONGEST_VALUE = 10_000;

/** How the wire says that a check box or radio button is not on (ISO 32000-1, 12.7.4.2.3). */
const OFF = 'Off';

const isButton = ({ kind }: FormField): boolean => kind === 'check' || kind === 'radio';

/** A value as it is kept: composed characters, line ends as \n, empty ones left out. */
function normalize(field: FormField, values: readonly string[]): string[] {
  const texts = values.map((value) => {
    const text = value.normalize('NFC').replace(/\r\n?/g, '\n').replaceAll('\t', ' ');
    return field.kind === 'lines' ? text : text.trim();
  });
  return texts.filter((text) => text.trim() !== '' && !(isButton(field) && text === OFF));
}

/** What parameters say, by the names of fields; several of one name are several values. */
function readParams(fields: readonly FormField[], params: readonly FormParam[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (const { name, value } of params) given.set(name, [...(given.get(name) ?? []), value]);
  return new Map(
    fields.flatMap((field) => {
      const values = given.get(field.name);
      return values ? [[field.name, normalize(field, values)] as const] : [];
    }),
  );
}

/** What a form starts with: what the order gives, else what the document has filled in. */
export function startValues(fields: readonly FormField[], params: readonly FormParam[]): FormValues {
  const given = readParams(fields, params);
  return new Map(
    fields.map((field) => [field.name, given.get(field.name) ?? normalize(field, field.values)]),
  );
}

/** What the signer typed, over what fields that cannot be changed start with. */
export function mergeValues(fields: readonly FormField[], start: FormValues, typed: FormValues): FormValues {
  return new Map(
    fields.map((field) => [
      field.name,
      field.readOnly ? (start.get(field.name) ?? []) : normalize(field, typed.get(field.name) ?? []),
    ]),
  );
}

/** Everything that keeps the values from being taken, but whether they fit onto the page. In the order of the fields. */
export function judgeValues(fields: readonly FormField[], values: FormValues): FieldProblem[] {
  return fields.flatMap((field): FieldProblem[] => {
    const own = values.get(field.name) ?? [];
    if (own.length === 0 && field.required && !field.readOnly) return [{ name: field.name, kind: 'missing' }];
    const problem = judgeField(field, own);
    return problem ? [problem] : [];
  });
}

function judgeField(field: FormField, values: readonly string[]): FieldProblem | undefined {
  const { name, kind, options, open, maxLength } = field;
  if (kind !== 'choices' && values.length > 1) return { name, kind: 'one-only' };
  const longest = Math.min(maxLength ?? LONGEST_VALUE, LONGEST_VALUE);
  for (const value of values) {
    if (kind === 'text' || kind === 'lines' || open) {
      if (value.length > longest) return { name, kind: 'too-long', detail: String(longest) };
      const bad = /[\p{Cc}\p{Cs}\ufffe\uffff]/u.exec(kind === 'lines' ? value.replaceAll('\n', '') : value);
      if (bad) return { name, kind: 'characters', detail: '' };
    } else if (!options.some((option) => option.value === value)) return { name, kind: 'not-an-option' };
  }
  return undefined;
}

/** Every field and its values, as getStatus says them. */
export function writeParams(fields: readonly FormField[], values: FormValues): FormParam[] {
  return fields.flatMap((field) => {
    const own = values.get(field.name) ?? [];
    if (own.length === 0) return [{ name: field.name, value: isButton(field) ? OFF : '' }];
    return own.map((value) => ({ name: field.name, value }));
  });
}

/** Names of fields whose value is not what the form started with. */
export const changedFields = (
  fields: readonly FormField[],
  start: FormValues,
  values: FormValues,
): string[] =>
  fields
    .filter(({ name }) => JSON.stringify(start.get(name) ?? []) !== JSON.stringify(values.get(name) ?? []))
    .map(({ name }) => name);

/** Names and options in a problem of the wire; more would bury what it says. */
const MOST_NAMED = 50;

const listed = (names: readonly string[]): Problem =>
  names.length > MOST_NAMED
    ? orderProblems.of('form/names-cut', { names: names.slice(0, MOST_NAMED), count: names.length })
    : orderProblems.of('form/names', { names });

/**
 * Problems of an order's input-params. `element`: the form. `findInvalidFields`: values that do not fit onto the page. Required
 * fields may be empty: the signer fills them in.
 */
export function paramProblems(
  element: string,
  fields: readonly FormField[],
  params: readonly FormParam[],
  findInvalidFields: (values: FormValues) => FieldProblem[],
): InvalidValue[] {
  const at = (name: string): string => `${element}/input-param[@name="${name}"]`;
  const known = new Map(fields.map((field) => [field.name, field]));
  const unknown = [...new Set(params.map(({ name }) => name).filter((name) => !known.has(name)))];
  const fieldNames = listed([...known.keys()]);
  const problems = unknown.map((name) => ({
    element: at(name),
    problem: orderProblems.of('form/field-unknown', { name, fields: fieldNames }),
  }));
  const given = readParams(fields, params);
  const wrong = fields.flatMap((field) => judgeField(field, given.get(field.name) ?? []) ?? []);
  const judged = new Set(wrong.map(({ name }) => name));
  const fitting = new Map([...given].filter(([name]) => !judged.has(name)));
  for (const problem of [...wrong, ...findInvalidFields(fitting)]) {
    problems.push({ element: at(problem.name), problem: problemOf(problem, known.get(problem.name)) });
  }
  return problems;
}

function problemOf({ kind, detail }: FieldProblem, field: FormField | undefined): Problem {
  const options = (field?.options ?? []).map(({ value }) => value);
  switch (kind) {
    case 'missing':
      return orderProblems.of('value/empty');
    case 'too-long':
      return orderProblems.of('form/value-too-long', { limit: Number(detail) });
    case 'one-only':
      return orderProblems.of('form/one-value');
    case 'not-an-option':
      return orderProblems.of('form/not-an-option', {
        allowed: listed(field && isButton(field) ? [...options, OFF] : options),
      });
    case 'characters':
      return detail
        ? orderProblems.of('form/characters-not-printable', { characters: detail })
        : orderProblems.of('form/control-characters');
    case 'space':
      return orderProblems.of('form/no-space');
  }
}
