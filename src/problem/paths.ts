import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of a file that ships with the package of a module: `packageFile(import.meta.url, 'schemas', 'wsd-1.0.xsd')`.
 * Modules run from `dist/` of their package; its data files lie beside that, where the sources are.
 */
export function packageFile(moduleUrl: string, ...parts: readonly string[]): string {
  let folder = dirname(fileURLToPath(moduleUrl));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, ...parts);
}
