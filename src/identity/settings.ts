/** Settings as tables: what an environment variable is called, what may stand in it, and what it is for. */
import { isAbsolute, resolve } from 'node:path';

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

function parse(kind: Kind, raw: string): { value: unknown } | { problem: string } {
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
        : { problem: 'must be a port number, 0 to 65535' };
    }
    case 'integer': {
      const number = Number(raw);
      return /^\d+$/.test(raw) && Number.isSafeInteger(number)
        ? { value: number }
        : { problem: 'must be a whole number' };
    }
    case 'switch':
      return raw === 'on' || raw === 'off' ? { value: raw === 'on' } : { problem: 'must be on or off' };
    case 'urls': {
      const urls = raw.split(',').map((item) => item.trim());
      return urls.every((url) => URL.canParse(url) && /^https?:\/\//i.test(url))
        ? { value: urls }
        : { problem: 'must be http or https URLs, with commas between them' };
    }
    case 'list':
      return { value: raw === '' ? [] : raw.split(',').map((item) => item.trim()) };
    case 'smtp-url':
      return URL.canParse(raw) && /^smtps?:\/\/[^/?#]/i.test(raw)
        ? { value: raw }
        : { problem: 'must be an smtp or smtps URL' };
    case 'url':
    case 'base-url': {
      const url = URL.parse ? URL.parse(raw) : URL.canParse(raw) ? new URL(raw) : null;
      return url && /^https?:$/.test(url.protocol)
        ? { value: kind === 'url' ? raw : raw.replace(/\/+$/, '') }
        : { problem: 'must be an http or https URL' };
    }
  }
}

/** Reads the variables of a table; what is wrong is named line by line, without the values of secrets. Empty counts as unset. */
export function readSettings(
  table: SettingsTable,
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: Record<string, unknown>; readonly problems: readonly string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { env: variable, kind, fallback, secret }] of Object.entries(table)) {
    const raw = env[variable] || fallback;
    if (raw === undefined) continue;
    const result = parse(kind, raw);
    if ('value' in result) values[name] = result.value;
    else problems.push(`  ${variable} ${result.problem}${secret ? '' : `, not "${raw}"`}`);
  }
  return { values, problems };
}

/** The line of CONFIG_INVALID about a setting that is needed and not there: its variable, and what it is for. */
export const missingVariable = ({ env, about }: Setting): string => `  ${env} must be set: ${about}`;
