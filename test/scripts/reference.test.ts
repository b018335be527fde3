/** The generated pages of docs/reference say what the code says. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import t from 'tap';
import { referencePages } from '../../scripts/reference/pages.ts';
import { projectRoot } from '@segl/server/paths';

t.test('the reference is up to date: npm run reference writes it', async (t) => {
  for (const { path, text } of await referencePages())
    t.equal(await readFile(path, 'utf8').catch(() => 'missing'), text, relative(projectRoot, path));
});
