import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { projectRoot } from '@segl/server/paths';
import t from 'tap';

/** The packages by their folders, and which of them each may import: the arrows of ARCHITECTURE.md, none upward. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'src/problem': [],
  'src/pki': ['problem'],
  'src/ades': ['problem', 'pki'],
  'src/identity': ['problem', 'pki', 'ades'],
  'src/web': [],
  'src/server': ['problem', 'pki', 'ades', 'identity', 'web'],
  workers: ['server'],
  // the service is reached only over the network
  sandbox: ['problem', 'pki', 'identity'],
  cli: ['problem', 'pki', 'ades', 'identity', 'server', 'workers', 'sandbox'],
};

/** Texts of errors, and where the files of the server are: below all floors, as the codes (`problems.ts`) are, wherever they lie. */
const GROUND: readonly string[] = ['texts', 'paths.ts'];

/** The floors of the server, from the bottom; a floor may import those in its list. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  config: [],
  domain: ['config'],
  documents: ['config', 'domain'],
  adapters: ['config', 'domain'],
  application: ['config', 'domain', 'documents', 'adapters'],
  http: ['config', 'domain', 'documents', 'adapters', 'application'],
  composition: ['config', 'domain', 'documents', 'adapters', 'application', 'http'],
};

/** The packages that anybody may install. */
const PUBLISHED: readonly string[] = ['src/problem', 'src/pki', 'src/ades'];

/** Whoever imports packages by name, besides the packages. */
const OTHERS: readonly string[] = ['test', 'bench', 'conformance', 'faults', 'interop', 'methods', 'scripts'];

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (...path: string[]): string => readFileSync(join(projectRoot, ...path), 'utf8');
const manifestOf = (folder: string): Manifest => JSON.parse(read(folder, 'package.json')) as Manifest;
const root = JSON.parse(read('package.json')) as { readonly version: string; readonly engines: object };
const inProject = (path: string): string => relative(projectRoot, path).split(sep).join('/');

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'dist' || name === 'node_modules') return [];
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(ts|js)$/.test(name) ? [path] : [];
  });
}

/** What a module names in imports, and in calls of `import`, `require` and `resolve`. */
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(file, 'utf8')
      .replace(/\/\*\*.*?\*\//gs, '')
      .matchAll(
        /(?:^(?:import|export) (?:[^;'"]*\bfrom )?|(?:\bimport|\.resolve|\bcreateRequire\([^)]*\))\()'([^']+)'/gm,
      ),
  ].map(([, name = '']) => name);

/** `@segl/pki/x509/path` → `@segl/pki`; `pg` → `pg`. */
const packageOf = (name: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;

/** Every import by a module of the package in `folder`, without those of Node. */
const readImports = (folder: string): readonly { readonly file: string; readonly name: string }[] =>
  sources(join(projectRoot, folder)).flatMap((file) =>
    importsOf(file)
      // pages name what the server gives them by its address
      .filter((name) => !name.startsWith('node:') && !name.startsWith('/'))
      .map((name) => ({ file, name })),
  );

const imports = new Map([...Object.keys(PACKAGES), ...OTHERS].map((folder) => [folder, readImports(folder)]));
const importsIn = (folder: string) => imports.get(folder) ?? [];

t.test('manifests name the packages that they may import, and no other', (t) => {
  for (const [folder, allowed] of Object.entries(PACKAGES)) {
    const own = Object.keys(manifestOf(folder).dependencies ?? {}).filter((name) =>
      name.startsWith('@segl/'),
    );
    t.same(own.sort(), allowed.map((name) => `@segl/${name}`).sort(), folder);
  }
  t.end();
});

t.test('modules import what the manifest of their package names', (t) => {
  for (const folder of Object.keys(PACKAGES)) {
    const { dependencies, optionalDependencies } = manifestOf(folder);
    const named = Object.keys({ ...dependencies, ...optionalDependencies });
    const wrong = importsIn(folder)
      .filter(({ name }) => !name.startsWith('.') && !named.includes(packageOf(name)))
      .map(({ file, name }) => `${inProject(file)} imports ${name}`);
    t.same(wrong, [], folder);
  }
  t.end();
});

t.test('nothing is named that no module imports', (t) => {
  for (const folder of Object.keys(PACKAGES)) {
    const used = new Set(importsIn(folder).map(({ name }) => packageOf(name)));
    const { dependencies = {} } = manifestOf(folder);
    t.same(
      Object.keys(dependencies).filter((name) => !used.has(name)),
      [],
      folder,
    );
  }
  t.end();
});

t.test('no relative import leaves its package', (t) => {
  for (const folder of Object.keys(PACKAGES)) {
    const wrong = importsIn(folder)
      .filter(({ name }) => name.startsWith('.'))
      .map(({ file, name }) => ({ file, target: inProject(resolve(dirname(file), name)) }))
      .filter(({ target }) => !target.startsWith(`${folder}/`))
      .map(({ file, target }) => `${inProject(file)} imports ${target}`);
    t.same(wrong, [], folder);
  }
  t.end();
});

t.test('packages that are published show what the others of the project use, and no more', (t) => {
  const users = [...Object.keys(PACKAGES), ...OTHERS].flatMap((folder) => importsIn(folder));
  for (const folder of PUBLISHED) {
    const { name: own, exports } = manifestOf(folder);
    const used = users.flatMap(({ name }) => (packageOf(name) === own ? [`.${name.slice(own.length)}`] : []));
    const paths = [...new Set(['.', './package.json', ...used])].sort();
    t.same(Object.keys(exports).sort(), paths, folder);
    for (const [path, file] of Object.entries(exports)) {
      if (path !== './package.json') t.equal(file, `./dist/${path === '.' ? 'index' : path.slice(2)}.js`);
    }
  }
  t.end();
});

t.test('what is not published says so, and what is says what it is', (t) => {
  for (const folder of Object.keys(PACKAGES)) {
    const manifest = manifestOf(folder);
    t.equal(manifest.private ?? false, !PUBLISHED.includes(folder), folder);
    if (!PUBLISHED.includes(folder)) continue;
    t.match(manifest, { license: 'Apache-2.0', sideEffects: false, publishConfig: { access: 'public' } });
    t.same(
      manifest,
      { ...manifest, version: root.version, engines: root.engines },
      `${folder}: as the project`,
    );
    t.equal(read(folder, 'LICENSE'), read('LICENSE'), folder);
  }
  t.end();
});

t.test('the floors of the server', (t) => {
  const floorOf = (path: string): string => path.split('/')[2] ?? '';
  const wrong = importsIn('src/server')
    .filter(({ name }) => name.startsWith('.'))
    .map(({ file, name }) => ({ file: inProject(file), target: inProject(resolve(dirname(file), name)) }))
    .filter(({ file, target }) => {
      const [from, to] = [floorOf(file), floorOf(target)];
      if (basename(target) === 'problems.ts') return false;
      return from !== to && ![...GROUND, ...(FLOORS[from] ?? [])].includes(to);
    })
    .map(({ file, target }) => `${file} imports ${target}`);
  t.same(wrong, []);
  t.end();
});

t.test('only the clock tells the time', (t) => {
  const wrong = sources(join(projectRoot, 'src'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('clock.ts'))
    .filter((file) => /Date\.now\(\)|new Date\(\)/.test(readFileSync(file, 'utf8')))
    .map(inProject);
  t.same(wrong, []);
  t.end();
});

/** Modules that may keep a variable: the main modules of a thread and of a process of their own. */
const VARIABLES: readonly string[] = [
  'src/server/adapters/keys/pkcs11/process.ts',
  'src/server/application/validating/thread.ts',
];

t.test('modules keep no variables and export none', (t) => {
  const withVariable = sources(join(projectRoot, 'src'))
    .filter((file) => file.endsWith('.ts') && /^(?:export )?(?:let|var) /m.test(readFileSync(file, 'utf8')))
    .map(inProject);
  t.same(withVariable.sort(), [...VARIABLES].sort());
  t.end();
});
