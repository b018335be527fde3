/** The address that another system sends a person to: which methods, in which look and language, and where the answer goes. */
import { serverProblems } from '../../problems.ts';

export interface LoginLink {
  /** Empty: whatever the account has. */
  readonly methods: readonly string[];
  readonly profile?: string;
  readonly language?: string;
  /** Byte for byte. */
  readonly target: string;
}

/** Characters of the whole address. */
export const LONGEST_LINK = 8192;

const OWN = ['id', 'method', 'profile', 'language', 'target'] as const;

/** A value of a query, `+` standing for a space; undefined where it is not UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/**
 * Some clients put `target` into the address as it is: then what follows is its own query, up to the next parameter of
 * ours.
 */
function parametersOf(query: string): string[] {
  const raw = /(?:^|&)target=https?:\/\//i.exec(query);
  if (!raw) return query.split('&');
  const rest = query.slice(raw.index).replace(/^&/, '');
  const [target = '', ...after] = rest.split(/&(?=(?:id|method|profile|language|target|prefilled\.[^=&]*)=)/);
  const isNested = target.includes('?');
  return [...query.slice(0, raw.index).split('&'), ...(isNested ? [target] : target.split('&')), ...after];
}

/**
 * Reads both forms: `?id=METHOD:PROFILE:LANGUAGE&target=…`, whose parts may be missing, and
 * `?method=METHOD,…&profile=…&language=…&target=…`. Throws LOGIN_REQUEST_REFUSED for what is missing, repeated or unreadable.
 */
export function readLoginLink(url: string): LoginLink {
  const refused = (name: string, what: 'missing' | 'repeated' | 'unreadable') =>
    serverProblems.error('LOGIN_REQUEST_REFUSED', { why: serverProblems.of(`login-link/${what}`, { name }) });
  if (url.length > LONGEST_LINK) throw refused('target', 'unreadable');
  const query = /\?([^#]*)/.exec(url)?.[1] ?? '';
  const found = new Map<string, string>();
  for (const parameter of parametersOf(query)) {
    const at = parameter.indexOf('=');
    const name = at < 0 ? parameter : parameter.slice(0, at);
    if (!OWN.some((own) => own === name)) continue;
    if (found.has(name)) throw refused(name, 'repeated');
    const text = at < 0 ? '' : parameter.slice(at + 1);
    // one that was left as it is has escapes of its own
    const value = name === 'target' && /^https?:\/\//i.test(text) ? text : decoded(text);
    if (value === undefined || value.includes('\0')) throw refused(name, 'unreadable');
    found.set(name, value);
  }
  const target = found.get('target') ?? '';
  if (target === '') throw refused('target', 'missing');
  const [method, profile, language] = found.has('id')
    ? found.get('id')!.split(':')
    : [found.get('method'), found.get('profile'), found.get('language')];
  const names = (method ?? '').split(',').map((name) => name.trim());
  return {
    methods: names.filter((name) => name !== ''),
    ...(profile && { profile }),
    ...(language && { language }),
    target,
  };
}
