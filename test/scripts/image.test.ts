/** The container image without a container: the steps of the Dockerfile in a folder, and an order through what they made. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import t from 'tap';
import { projectRoot } from '@segl/server/paths';
import { freePort, until } from '../support/server/running.ts';

/** Megabytes; 130 when this was written, more than half of it PostgreSQL with its Unicode tables. */
const MOST_MEGABYTES = 150;

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The stages of the Dockerfile, each a list of instructions. */
async function readStages(): Promise<Instruction[][]> {
  const text = (await readFile(join(projectRoot, 'Dockerfile'), 'utf8')).replaceAll('\\\n', ' ');
  const stages: Instruction[][] = [];
  for (const line of text.split('\n')) {
    const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    else if (name !== '') stages.at(-1)?.push({ name, rest: rest.trim() });
  }
  return stages;
}

/** What `COPY . .` takes: names on a line of their own, and endings. */
async function contextFilter(): Promise<(path: string) => boolean> {
  const ignored = (await readFile(join(projectRoot, '.dockerignore'), 'utf8')).split('\n').filter(Boolean);
  return (path) => {
    const inner = relative(projectRoot, path);
    return !ignored.some((one) => {
      if (one.startsWith('**/')) return inner.split(sep).includes(one.slice(3));
      return one.startsWith('*') ? inner.endsWith(one.slice(1)) : inner === one;
    });
  };
}

/** Where the compiler puts what it makes, below the project. */
async function builtFolders(): Promise<string[]> {
  const { references } = JSON.parse(await readFile(join(projectRoot, 'tsconfig.json'), 'utf8')) as {
    readonly references: readonly { readonly path: string }[];
  };
  return ['.', ...references.map(({ path }) => path)].map((path) => join(path, 'dist'));
}

/** Runs to its end; throws with what was printed where that is no good one. */
async function run([program = '', ...args]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`);
}

const shell = (command: string, cwd: string): Promise<void> => run(['sh', '-c', command], cwd);

async function filesIn(folder: string): Promise<{ name: string; bytes: number }[]> {
  const files = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.push({ name: relative(folder, path), bytes: (await stat(path)).size });
  }
  return files;
}

t.test('the Dockerfile leads to a small image that takes an order to its sealed PAdES', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segl-image-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [build = [], final = []] = await readStages();
  const [app, image] = [join(folder, 'app'), join(folder, 'image')];

  const isInContext = await contextFilter();
  await cp(projectRoot, app, { recursive: true, filter: isInContext, preserveTimestamps: true });
  // npm ci would fetch the same again
  await shell(
    `cp -al "${projectRoot}/node_modules" . 2>/dev/null || cp -a "${projectRoot}/node_modules" .`,
    app,
  );
  // and the compiler make the same again: it looks whether every source is there, and as it was
  for (const dist of await builtFolders())
    await cp(join(projectRoot, dist), join(app, dist), { recursive: true, preserveTimestamps: true });
  const steps = build.filter(({ name }) => name === 'RUN').map(({ rest }) => rest);
  t.match(steps.shift(), /^npm ci --include=dev --ignore-scripts\b/);
  for (const step of steps) await shell(step.replace(/(?<= )\/image$/, image), app);
  t.ok(
    final.some(({ name, rest }) => name === 'COPY' && rest === '--from=build /image /app'),
    'what the steps made is what the image has',
  );

  await t.test('nothing in it is for developers, and it is small', async (t) => {
    const files = await filesIn(image);
    t.same(
      files.filter(({ name }) => /^(test|conformance|interop|dist\/test)\b|\.[cm]?ts$/.test(name)),
      [],
    );
    for (const name of ['typescript', 'tap', 'eslint', 'playwright-core'])
      t.notOk(
        files.some((file) => file.name.startsWith(join('node_modules', name, '/'))),
        `without ${name}`,
      );
    const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000_000;
    t.comment(`${files.length} files, ${megabytes.toFixed(0)} MB`);
    t.ok(megabytes < MOST_MEGABYTES, `${megabytes.toFixed(0)} MB`);
  });

  /** The exec form of an instruction. */
  const exec = (instruction: string): string[] =>
    JSON.parse(
      /\[.*\]/.exec(final.find(({ name }) => name === instruction)?.rest ?? '')?.[0] ?? '[]',
    ) as string[];

  await t.test('an order from its making to a sealed PAdES, by the demo in it', async (t) => {
    const out = join(folder, 'out');
    await run([...exec('ENTRYPOINT'), 'demo', '--out', out], image);
    const names = (await readdir(out)).map((name) => basename(name));
    t.ok(names.includes('summary.json'), names.join(', '));
    t.ok(names.some((name) => name.endsWith('.pdf')));
    const summary = await readFile(join(out, 'summary.json'), 'utf8');
    const { ltvSdo } = JSON.parse(summary) as { ltvSdo: string[] };
    const lock = createHash('sha256').update(await readFile(join(projectRoot, 'package-lock.json')));
    t.match(
      await readFile(join(out, ltvSdo[0]!), 'utf8'),
      `sha256:${lock.digest('hex')}`,
      'evidence names the lock file that the image was built with',
    );
  });

  await t.test('the service in it starts, and its health check says so', async (t) => {
    const [port, sandboxPort] = [await freePort(), await freePort()];
    const [program = '', ...args] = [...exec('ENTRYPOINT'), 'start', '--sandbox'];
    const child = spawn(program, args, {
      cwd: image,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        DATA_DIR: join(folder, 'data'),
        PORT: String(port),
        SANDBOX_PORT: String(sandboxPort),
      },
      stdio: 'ignore',
    });
    t.teardown(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const check = exec('HEALTHCHECK').map((part) => part.replace('127.0.0.1:8080', `127.0.0.1:${port}`));
    await until('the image is healthy', () => run(check, image).then(() => true));
    child.kill('SIGTERM');
    t.same(await ended, [0, null], 'it ends when it is told to');
  });
});
