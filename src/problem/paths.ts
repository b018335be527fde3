import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json: sources run from dist/, their data files (wsdl/, schemas/, templates/) do not. */
function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export const projectRoot = findRoot();

/** Absolute path of a file that ships with the project, e.g. `projectFile('wsdl', 'documentservice-v3.wsdl')`. */
export const projectFile = (...parts: string[]): string => join(projectRoot, ...parts);
