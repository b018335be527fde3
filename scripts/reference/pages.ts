/** The generated pages of docs/reference, formatted as the project's files are. */
import { format, resolveConfig } from 'prettier';
import { limitsPage } from '@segl/cli/limits';
import { projectFile } from '@segl/server/paths';
import { errorsPage } from './errors.ts';
import { eventsPage } from './events.ts';
import { methodsPage } from './methods.ts';
import { settingsPage } from './settings.ts';

const PAGES: Readonly<Record<string, () => string>> = {
  'errors.md': errorsPage,
  'events.md': eventsPage,
  'limits.md': limitsPage,
  'methods.md': methodsPage,
  'settings.md': settingsPage,
};

/** Path and text of each page. */
export async function referencePages(): Promise<{ path: string; text: string }[]> {
  const options = await resolveConfig(projectFile('README.md'));
  return Promise.all(
    Object.entries(PAGES).map(async ([name, write]) => ({
      path: projectFile('docs', 'reference', name),
      text: await format(write(), { ...options, parser: 'markdown' }),
    })),
  );
}
