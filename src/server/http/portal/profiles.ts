/**
 * Graphical profiles (`profile` of an order or task): folders that give the pages a name, a logo and colours. A folder
 * `NAME` holds `profile.json` ({"name": "…"}), and as it likes `profile.css`, `logo.svg` or `logo.png`.
 */
import { serverProblems } from '../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a page wears. Addresses are of this host. */
export interface Profile {
  /** Shown beside the logo, and in the title of the page. */
  readonly name: string;
  readonly css?: string;
  readonly logo?: string;
}

/** What an order can ask for: no folder outside, no odd addresses. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const LOGOS = ['logo.svg', 'logo.png'] as const;

export class Profiles {
  readonly folder: string;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #files: ReadonlySet<string>;

  /** Reads the folder once. Throws CONFIG_INVALID for a profile that is not usable: it shows at start, not to signers. */
  constructor(folder: string) {
    this.folder = folder;
    const problems: Problem[] = [];
    const profiles = new Map<string, Profile>();
    const files = new Set<string>();
    for (const entry of readFolder(folder)) {
      try {
        const profile = readProfile(folder, entry);
        profiles.set(entry, profile);
        for (const file of [profile.css, profile.logo]) if (file) files.add(file);
      } catch (error) {
        const why = error instanceof ProfileUnusable ? error.why : unreadable(error);
        problems.push(serverProblems.of('setting/profile', { folder: join(folder, entry), why }));
      }
    }
    if (problems.length > 0) throw serverProblems.error('CONFIG_INVALID', { problems });
    this.#profiles = profiles;
    this.#files = files;
  }

  /** The profile of this name; undefined: there is none, and the pages look as they do by themselves. */
  of(name: string | undefined): Profile | undefined {
    return name === undefined ? undefined : this.#profiles.get(name);
  }

  /** Whether the path below `/profiles` is a file that a page may load. */
  has(path: string): boolean {
    return this.#files.has(`/std/profiles${path}`);
  }
}

class ProfileUnusable extends Error {
  readonly why: Problem;

  constructor(why: Problem) {
    super(why.code);
    this.why = why;
  }
}

const unreadable = (error: unknown): Problem =>
  serverProblems.of('profile/unreadable', { said: (error as Error).message });

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    const problems = [serverProblems.of('setting/profiles-unreadable', { folder })];
    throw serverProblems.error('CONFIG_INVALID', { problems }, { cause });
  }
}

function readProfile(folder: string, entry: string): Profile {
  if (!NAME.test(entry)) throw new ProfileUnusable(serverProblems.of('profile/name'));
  const { name } = JSON.parse(readText(join(folder, entry, 'profile.json'))) as { name?: unknown };
  if (typeof name !== 'string' || name.trim() === '' || name.length > 60) {
    throw new ProfileUnusable(serverProblems.of('profile/name-missing'));
  }
  const address = (file: string): string | undefined =>
    existsSync(join(folder, entry, file)) ? `/std/profiles/${entry}/${file}` : undefined;
  const css = address('profile.css');
  const logo = LOGOS.map(address).find((file) => file !== undefined);
  return { name: name.trim(), ...(css && { css }), ...(logo && { logo }) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ProfileUnusable(serverProblems.of('profile/file-missing'));
  }
}
