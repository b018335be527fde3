/** Where the files are that the server reads besides its own code: `wsdl/`, `templates/` and the pages of @segl/web. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFile } from '@segl/problem/paths';

/** The folder of the whole project. */
export const projectRoot = packageFile(import.meta.url, '..', '..');

/** Absolute path of a file that ships with the project, e.g. `projectFile('wsdl', 'documentservice-v3.wsdl')`. */
export const projectFile = (...parts: string[]): string => join(projectRoot, ...parts);

/** Absolute path of a browser module, e.g. `webFile('portal', 'viewer.js')`. */
export const webFile = (...parts: string[]): string =>
  join(dirname(fileURLToPath(import.meta.resolve('@segl/web/package.json'))), ...parts);
