/** docs/reference/settings.md, from the table of the configuration. */
import { describeSettings } from '../../src/server/config/config.ts';
import { code, page, table } from './markdown.ts';

export const settingsPage = (): string =>
  page(
    'Settings',
    'Environment variables; `segl help` prints the same list. With the sandbox every setting that has no default is made by' +
      ' the sandbox; without it those are yours to make, and `segl start` says which ones are missing.',
    table(
      ['Setting', 'Default', 'What for'],
      describeSettings().map(({ variable, fallback, about }) => [code(variable), code(fallback), about]),
    ),
  );
