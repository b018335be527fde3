// Makes the folder of the container image: what the program needs when it runs, and nothing that it was built from or
// tested with. Takes the built tree as it stands, its dependencies without those for development.
// Use: node scripts/image.mjs FOLDER
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packages: compiled in their dist/; beside their sources lie data files, such as migrations and pages. */
const CODE = ['src', 'workers', 'sandbox', 'cli'];
const DATA = ['wsdl', 'templates'];
const COMMAND = ['package.json', 'LICENSE', 'bin/segl.mjs', 'scripts/node-flags.mjs', 'scripts/prepare.mjs'];
/** Evidence carries its digest (application/packaging/software.ts). */
const LOCK = 'package-lock.json';

/** Sources and what compilers leave behind. Licences stay, whatever they are written in. */
const isForDevelopers = (path) =>
  /\.([cm]?ts|tsbuildinfo|flow|markdown)$/.test(path) ||
  (extname(path) === '.md' && !/licen[cs]e|notice|copying/i.test(basename(path)));

/** Parts of packages that nothing here loads. */
const UNUSED = [
  // pdf.js would draw on it in Node; it runs in browsers only
  /^@napi-rs\b/,
  // pages load the legacy build alone (src/server/http/portal/assets.ts)
  /^pdfjs-dist\/(build|web|types|image_decoders)\b/,
  /^pdfjs-dist\/legacy\/(web|image_decoders)\b/,
  /^pdfjs-dist\/legacy\/build\/(?!pdf(\.worker)?\.min\.mjs$)\w/,
  // Node loads its CommonJS build
  /^pdf-lib\/(dist|es|src|ts3\.4)\b/,
  /^\.package-lock\.json$/,
  /^\.bin\b/,
];

const isLoaded = (path) =>
  !isForDevelopers(path) && extname(path) !== '.map' && !UNUSED.some((unused) => unused.test(path));

/** Copies what is at `name` below the project to the same place in `target`, where `wanted` says so of its inner paths. */
function copy(target, name, wanted = () => true) {
  const from = join(root, name);
  if (!existsSync(from)) return;
  mkdirSync(dirname(join(target, name)), { recursive: true });
  cpSync(from, join(target, name), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === from || wanted(relative(from, path).split(sep).join('/')),
  });
}

export function makeImage(target) {
  for (const name of [...COMMAND, LOCK]) copy(target, name);
  for (const name of DATA) copy(target, name);
  // source maps stay: they put the lines of the sources into what is logged of a crash
  for (const name of CODE)
    copy(target, name, (path) => !isForDevelopers(path) && !path.endsWith('tsconfig.json'));
  copy(target, 'node_modules', isLoaded);
}

if (process.argv[2]) makeImage(resolve(process.argv[2]));
