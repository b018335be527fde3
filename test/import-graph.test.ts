import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { projectRoot } from '@segl/server/paths';

/** The packages, and which of them each may import: the arrows of ARCHITECTURE.md, none upward. */
const PACKAGES: Record<string, readonly string[]> = {
  problem: [],
  pki: ['problem'],
  ades: ['problem', 'pki'],
  identity: ['problem', 'pki', 'ades'],
  server: ['problem', 'pki', 'ades', 'identity'],
  web: [],
};

/** The floors of the server, from the bottom; a floor may import those in its list. */
const FLOORS: Record<string, readonly string[]> = {
  config: [],
  domain: ['config'],
  documents: ['config', 'domain'],
  adapters: ['config', 'domain'],
  application: ['config', 'domain', 'documents', 'adapters'],
  http: ['config', 'domain', 'documents', 'adapters', 'application'],
  composition: ['config', 'domain', 'documents', 'adapters', 'application', 'http'],
};

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);

/** `src/pki/x509/path.ts` → pki; `src/server/http/server.ts` → server/http. */
function partOf(path: string): { readonly package: string; readonly floor: string } {
  const [name = '', floor = ''] = relative(join(projectRoot, 'src'), path).split('/');
  return { package: name, floor };
}

/** Why the import is wrong, if it is. */
function wrongArrow(file: string, target: string): string | undefined {
  const [from, to] = [partOf(file), partOf(target)];
  const said = `${relative(projectRoot, file)} imports ${relative(projectRoot, target)}`;
  if (from.package !== to.package) return PACKAGES[from.package]?.includes(to.package) ? undefined : said;
  if (from.package !== 'server' || from.floor === to.floor) return undefined;
  // codes and their texts stand below all floors, also where they lie beside what gives them
  if (basename(target) === 'problems.ts') return undefined;
  if (from.floor === 'problems.ts') return to.floor === 'texts' ? undefined : said;
  return FLOORS[from.floor]?.includes(to.floor) ? undefined : said;
}

t.test('dependencies inside src point one way', (t) => {
  const wrong = sources(join(projectRoot, 'src')).flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => wrongArrow(file, resolve(dirname(file), target)))
      .filter((said) => said !== undefined),
  );
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
        if (folder === 'sandbox' && (parts[0] === 'workers' || parts[0] === 'cli' || parts[1] === 'server')) {
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
