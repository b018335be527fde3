/** Gets the stacks: system packages by apt, the others into a folder outside the project, once. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const cache = process.env.INTEROP_CACHE ?? join(tmpdir(), 'segl-interop-stacks');

/** Runs a command, with `env` beside the environment; gives what it printed. Throws that when it fails. */
export async function run(command, args, { env = {}, ...options } = {}) {
  const child = spawn(command, args, {
    ...options,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output.slice(-4000)}`);
  return output;
}

/** Does the command say that it works? */
export const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

export async function apt(...packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env }).catch(
    async () => {
      await run('apt-get', ['update', '-q'], { env });
      await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
    },
  );
}

/** The folder `name` of the cache, filled by `fill(folder)` where it is not there yet; half a filling never stays. */
export async function cached(name, fill) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await fill(unfinished);
  await rename(unfinished, folder);
  return folder;
}
