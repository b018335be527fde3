import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { projectRoot } from '../src/paths.ts';

/** Which parts of the house a part may import. Everyone may import the foundation; nobody may import upward. */
const FOUNDATION = ['errors', 'clock', 'config', 'log', 'ids', 'paths', 'secrets'];
const ALLOWED: Record<string, string[]> = {
  ...Object.fromEntries(FOUNDATION.map((name) => [name, FOUNDATION])),
  orders: [],
  ades: [],
  pki: ['ades'],
  eid: ['orders', 'ades', 'pki'],
  validation: ['ades', 'pki', 'eid'],
  contract: ['orders', 'ades'],
  store: ['orders'],
  blobs: [],
  queue: ['orders', 'store'],
  notify: ['orders', 'pki'],
  flow: ['orders', 'ades', 'pki', 'eid', 'validation', 'contract', 'store', 'blobs', 'queue', 'notify'],
  http: ['orders', 'contract', 'ades', 'pki', 'notify', 'validation'],
  main: [
    'orders',
    'ades',
    'pki',
    'eid',
    'validation',
    'contract',
    'store',
    'blobs',
    'queue',
    'notify',
    'flow',
    'http',
  ],
};

/** `ades` is evidence: what it is given is all it knows. */
const ADES_FOUNDATION = ['errors', 'paths'];

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);

/** First path segment below src, without .ts: `pki/ocsp.ts` → pki, `errors.ts` → errors. */
const partOf = (path: string): string =>
  relative(join(projectRoot, 'src'), path).split('/')[0]!.replace(/\.ts$/, '');

t.test('dependencies inside src point one way', (t) => {
  const wrong: string[] = [];
  for (const file of sources(join(projectRoot, 'src'))) {
    const part = partOf(file);
    const allowed = ALLOWED[part];
    if (!allowed) {
      wrong.push(`${relative(projectRoot, file)}: "${part}" is not a part of the house`);
      continue;
    }
    for (const target of importsOf(file).filter((target) => target.startsWith('.'))) {
      const other = partOf(resolve(dirname(file), target));
      const foundation = part === 'ades' ? ADES_FOUNDATION : FOUNDATION;
      if (other !== part && !allowed.includes(other) && !foundation.includes(other)) {
        wrong.push(`${relative(projectRoot, file)} imports ${other}`);
      }
    }
  }
  t.same(wrong, []);
  t.end();
});

t.test('src knows nothing of workers, sandbox and cli', (t) => {
  const wrong = sources(join(projectRoot, 'src')).filter((file) =>
    importsOf(file).some((target) => {
      const path = relative(projectRoot, resolve(dirname(file), target));
      return target.startsWith('.') && !path.startsWith('src');
    }),
  );
  t.same(wrong, []);
  t.end();
});

t.test('the sandbox is reached only over the network', (t) => {
  const wrong: string[] = [];
  for (const folder of ['workers', 'sandbox']) {
    for (const file of sources(join(projectRoot, folder))) {
      for (const target of importsOf(file).filter((target) => target.startsWith('.'))) {
        const path = relative(projectRoot, resolve(dirname(file), target));
        const parts = path.split('/');
        if (folder === 'workers' && (parts[0] === 'sandbox' || parts[0] === 'cli'))
          wrong.push(`${file} imports ${path}`);
        if (
          folder === 'sandbox' &&
          (parts[0] === 'workers' ||
            parts[0] === 'cli' ||
            ['flow', 'store', 'http', 'queue', 'main.ts'].includes(parts[1] ?? ''))
        ) {
          if (parts[0] !== 'sandbox') wrong.push(`${file} imports ${path}`);
        }
      }
    }
  }
  t.same(wrong, []);
  t.end();
});

t.test('only the clock tells the time', (t) => {
  const wrong = sources(join(projectRoot, 'src'))
    .filter(
      (file) => !file.endsWith('clock.ts') && /Date\.now\(\)|new Date\(\)/.test(readFileSync(file, 'utf8')),
    )
    .map((file) => relative(projectRoot, file));
  t.same(wrong, []);
  t.end();
});
