import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { LIBRARIES, serverComponents } from '@segl/server/application/packaging/software';

/** Methods load what they work with when there is work: for a service, that is from the start on. */
const isMethod = (file: string): boolean => file.includes(join('identity', 'dist', 'methods'));

/** What the compiled program loads from `roots` on, without being asked for it: files of ours, and packages. */
function loaded(roots: readonly string[]): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    const asked = isMethod(file) ? text.matchAll(/\bimport\('([^']+)'\)/g) : [];
    const always = text.matchAll(/^(?:import|export)\b(?:[^;'"=]*\bfrom)?\s*['"]([^'"]+)['"];$/gm);
    for (const [, what = ''] of [...always, ...asked]) {
      if (what.startsWith('.')) visit(join(dirname(file), what));
      else if (what.startsWith('@segl/')) visit(fileURLToPath(import.meta.resolve(what)));
      else if (!what.startsWith('node:')) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(what)![0]);
    }
  };
  roots.forEach(visit);
  return { files, packages };
}

t.test('evidence names every library that the service loads, and no other', (t) => {
  const server = (...path: string[]): string => projectFile('src', 'server', 'dist', ...path);
  const { files, packages } = loaded([
    server('composition', 'application.js'),
    server('composition', 'http.js'),
    server('adapters', 'telemetry', 'log.js'),
    projectFile('workers', 'dist', 'main.js'),
  ]);
  // the template that comes along has a logo: what reads it is loaded then
  const image = readFileSync(server('documents', 'page', 'drawing', 'image.js'), 'utf8');
  for (const [, name = ''] of image.matchAll(/\bimport\('([^'/]+)[^']*'\)/g)) packages.add(name);
  const names = [...files].map((file) => relative(projectFile(), file));
  t.ok(names.includes(join('src', 'server', 'dist', 'application', 'packaging', 'package-task.js')));
  t.same([...LIBRARIES], [...packages].sort());
  t.end();
});

t.test('the versions are those of the lock file, which is what was built', (t) => {
  const lock = JSON.parse(readFileSync(projectFile('package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const versions = new Map(serverComponents().map(({ name, version }) => [name, version]));
  for (const name of LIBRARIES) {
    t.equal(versions.get(name), lock.packages[`node_modules/${name}`]?.version, name);
  }
  t.equal(versions.get('segl'), lock.packages['']?.version);
  t.match(versions.get('package-lock.json'), /^sha256:[0-9a-f]{64}$/);
  t.notOk([...versions.values()].includes('unknown'));
  t.end();
});
