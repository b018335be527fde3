// Builds the copy of the tree that Stryker works on (the working folder): our own packages are those of the copy, all
// others are found in the folder around it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const own = join('node_modules', '@segl');
mkdirSync(own, { recursive: true });
const folders = [...readdirSync('src').map((name) => join('src', name)), 'workers', 'sandbox', 'cli'];
for (const folder of folders) {
  if (existsSync(join(folder, 'package.json')))
    symlinkSync(resolve(folder), join(own, folder.split('/').at(-1)));
}
const tsc = join('..', '..', 'node_modules', 'typescript-native', 'bin', 'tsc');
process.exit(spawnSync(process.execPath, [tsc, '-b'], { stdio: 'inherit' }).status ?? 1);
