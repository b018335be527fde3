/** How the fields of a template are checked: each mistake is told by the path of its field. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../../problems.ts';

/** Reads a value at a path, e.g. `page.margin.top`. Throws PADES_TEMPLATE_INVALID. */
export type Check<T> = (value: unknown, where: string) => T;

/** `where`: the path of the field, or a place that has none. */
export const invalid = (where: string | Problem, why: Problem): SeglError =>
  serverProblems.error('PADES_TEMPLATE_INVALID', {
    template: 'template',
    where: typeof where === 'string' ? serverProblems.of('template/field', { path: where }) : where,
    why,
  });

/** An object with these keys and no others; those of `optional` may be left out. */
export function fields(
  value: unknown,
  where: string,
  keys: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(where, serverProblems.of('template/not-an-object'));
  const all = [...keys, ...optional];
  const path = (key: string): string => (where === 'template' ? key : `${where}.${key}`);
  for (const key of Object.keys(value)) {
    if (!all.includes(key))
      throw invalid(path(key), serverProblems.of('template/field-unknown', { known: all }));
  }
  for (const key of keys)
    if (!Object.hasOwn(value, key)) throw invalid(path(key), serverProblems.of('template/field-missing'));
  return value as Record<string, unknown>;
}

export function record<K extends string, T>(
  value: unknown,
  where: string,
  keys: readonly K[],
  check: Check<T>,
): Record<K, T> {
  const checked = fields(value, where, keys);
  return Object.fromEntries(keys.map((key) => [key, check(checked[key], `${where}.${key}`)])) as Record<K, T>;
}

/** Undefined where the field is left out. */
export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, where) =>
    value === undefined ? undefined : check(value, where);

export const number =
  (least: number, most: number, unit: 'points' | 'degrees' | 'documents' = 'points'): Check<number> =>
  (value, where) => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw invalid(
        where,
        serverProblems.of('template/number', { unit: serverProblems.of(`template/${unit}`), least, most }),
      );
    }
    return value;
  };

export const oneOf =
  <const T extends string | number>(values: readonly T[]): Check<T> =>
  (value, where) => {
    const found = values.find((item) => item === value);
    if (found === undefined)
      throw invalid(where, serverProblems.of('template/one-of', { values: values.map(String) }));
    return found;
  };

export const text: Check<string> = (value, where) => {
  if (typeof value !== 'string' || value.length > 2000)
    throw invalid(where, serverProblems.of('template/text'));
  return value;
};

export const color: Check<string> = (value, where) => {
  if (typeof value !== 'string' || !/^#[0-9a-f]{6}$/i.test(value))
    throw invalid(where, serverProblems.of('template/color'));
  return value;
};

/** Any order, each at most once. */
export const listOf =
  <T extends string>(known: readonly T[]): Check<readonly T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw invalid(where, serverProblems.of('template/not-a-list'));
    for (const item of value) {
      if (!known.some((name) => name === item))
        throw invalid(where, serverProblems.of('template/item-unknown', { known }));
    }
    if (new Set(value).size !== value.length)
      throw invalid(where, serverProblems.of('template/item-repeated'));
    return value as T[];
  };
