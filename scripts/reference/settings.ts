/** docs/reference/settings.md, from the table of the configuration. */
import { settingsTable } from '@segl/cli/help';
import { page } from './markdown.ts';

export const settingsPage = (): string =>
  page(
    'Settings',
    'Environment variables; `segl help` prints the same list. With the sandbox every setting that has no default is made by' +
      ' the sandbox; without it those are yours to make, and `segl start` says which ones are missing.',
    settingsTable(),
  );
