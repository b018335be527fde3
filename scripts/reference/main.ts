/** `npm run reference`: writes the generated pages of docs/reference. */
import { writeFile } from 'node:fs/promises';
import { referencePages } from './pages.ts';

for (const { path, text } of await referencePages()) await writeFile(path, text);
