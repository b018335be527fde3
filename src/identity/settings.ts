/** Settings as tables: what an environment variable is called, what may stand in it, and what it is for. */
import { isAbsolute, resolve } from 'node:path';
import type { Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';

export type Kind =
  'text' | 'port' | 'integer' | 'url' | 'base-url' | 'smtp-url' | 'path' | 'key' | 'switch' | 'list' | 'urls';

export interface Setting {
  readonly env: string;
  readonly kind: Kind;
  /** Absent: the setting is optional and may stay unset. */
  readonly fallback?: string;
  readonly about: string;
  /** Never printed back. */
  readonly secret?: true;
}

export const setting = <K extends Kind, F extends string | undefined = undefined>(
  env: string,
  kind: K,
  about: string,
  options: { fallback?: F; secret?: true } = {},
) => ({ env, kind, about, ...options }) as Setting & { kind: K; fallback: F };

/** By the name of the value. */
export type SettingsTable = Readonly<Record<string, Setting>>;

type ValueOf<S> = S extends { kind: 'port' | 'integer' }
  ? number
  : S extends { kind: 'switch' }
    ? boolean
    : S extends { kind: 'list' | 'urls' }
      ? readonly string[]
      : string;

/** Settings without a fallback may be undefined. */
export type Settings<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K] extends { fallback: string } ? ValueOf<T[K]> : ValueOf<T[K]> | undefined;
};

function parse(kind: Kind, raw: string): { value: unknown } | { must: Problem } {
  switch (kind) {
    case 'text':
      return { value: raw };
    case 'path':
      return { value: isAbsolute(raw) ? raw : resolve(raw) };
    // a file, or the URI of a key on a security module
    case 'key':
      return /^pkcs11:/i.test(raw) ? { value: raw } : parse('path', raw);
    case 'port': {
      const port = Number(raw);
      return /^\d+$/.test(raw) && port <= 65535
        ? { value: port }
        : { must: generalProblems.of('setting/port') };
    }
    case 'integer': {
      const number = Number(raw);
      return /^\d+$/.test(raw) && Number.isSafeInteger(number)
        ? { value: number }
        : { must: generalProblems.of('setting/integer') };
    }
    case 'switch':
      return raw === 'on' || raw === 'off'
        ? { value: raw === 'on' }
        : { must: generalProblems.of('setting/switch') };
    case 'urls': {
      const urls = raw.split(',').map((item) => item.trim());
      return urls.every((url) => URL.canParse(url) && /^https?:\/\//i.test(url))
        ? { value: urls }
        : { must: generalProblems.of('setting/urls') };
    }
    case 'list':
      return { value: raw === '' ? [] : raw.split(',').map((item) => item.trim()) };
    case 'smtp-url':
      return URL.canParse(raw) && /^smtps?:\/\/[^/?#]/i.test(raw)
        ? { value: raw }
        : { must: generalProblems.of('setting/smtp-url') };
    case 'url':
    case 'base-url': {
      const url = URL.parse ? URL.parse(raw) : URL.canParse(raw) ? new URL(raw) : null;
      return url && /^https?:$/.test(url.protocol)
        ? { value: kind === 'url' ? raw : raw.replace(/\/+$/, '') }
        : { must: generalProblems.of('setting/url') };
    }
  }
}

/** Reads the variables of a table; all that is wrong is named, without the values of secrets. Empty counts as unset. */
export function readSettings(
  table: SettingsTable,
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: Record<string, unknown>; readonly problems: readonly Problem[] } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, { env: variable, kind, fallback, secret }] of Object.entries(table)) {
    const raw = env[variable] || fallback;
    if (raw === undefined) continue;
    const result = parse(kind, raw);
    if ('value' in result) values[name] = result.value;
    else problems.push(wrongSetting(variable, result.must, secret ? undefined : raw));
  }
  return { values, problems };
}

/** A variable that is not what it must be; without the value of a secret. */
const wrongSetting = (setting: string, must: Problem, value: string | undefined): Problem =>
  value === undefined
    ? generalProblems.of('setting/wrong-secret', { setting, must })
    : generalProblems.of('setting/wrong', { setting, must, value });

/** What CONFIG_INVALID says about a setting that is needed and not there: its variable, and what it is for. */
export const missingVariable = ({ env, about }: Setting): Problem =>
  generalProblems.of('setting/missing', { setting: env, about });

/** One field of a JSON object that describes something, as `Setting` is one environment variable. */
export interface FieldDefinition {
  readonly kind: Kind;
  readonly fallback?: string;
  readonly about: string;
  /** Never printed back. What is kept in a file of its own has the kind `path`, and is none. */
  readonly secret?: true;
  /** The only values there may be. */
  readonly choices?: readonly string[];
}

/** By the name of the field. */
export type FieldsTable = Readonly<Record<string, FieldDefinition>>;

/** JSON has numbers, lists and truth values where variables have texts; undefined: it is none of these. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(',')))
    return value.join(',');
  return undefined;
}

function readField({ kind, choices }: FieldDefinition, raw: string | undefined): ReturnType<typeof parse> {
  if (raw === undefined) return { must: generalProblems.of('setting/text') };
  if (choices && !choices.includes(raw))
    return { must: generalProblems.of('setting/one-of', { allowed: choices }) };
  return parse(kind, raw);
}

/**
 * Reads the fields of an object; all that is wrong is named, without the values of secrets. `at`: what a field is called in
 * problems. Empty counts as unset.
 */
export function readFields(
  table: FieldsTable,
  given: Readonly<Record<string, unknown>>,
  at: (name: string) => string,
): { readonly values: Record<string, unknown>; readonly problems: readonly Problem[] } {
  const known = Object.keys(table);
  const problems: Problem[] = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => generalProblems.of('setting/unknown', { setting: at(name), known }));
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    const value =
      (Object.hasOwn(given, name) && given[name] !== '' ? given[name] : undefined) ?? field.fallback;
    if (value === undefined) continue;
    const raw = textIn(value);
    const result = readField(field, raw);
    if ('value' in result) values[name] = result.value;
    else problems.push(wrongSetting(at(name), result.must, field.secret ? undefined : raw));
  }
  return { values, problems };
}

/** What is said about a field that is needed and not there. */
export const missingField = (setting: string, { about }: FieldDefinition): Problem =>
  generalProblems.of('setting/missing', { setting, about });
