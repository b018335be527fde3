/** The settings, as `segl help` and docs/reference/settings.md tell them. */
import { builtIn } from '@segl/identity/methods/index';
import { describeSettings } from '@segl/server/config/config';

const WIDTH = 34;

/** For a terminal: a line for each, with its default. */
export function settingsText(): string {
  const rows = describeSettings(builtIn.map((module) => module.settings)).map(
    ({ variable, fallback, about }) =>
      `  ${variable.padEnd(WIDTH)}  ${fallback ? `${about} [${fallback}]` : about}`,
  );
  return ['Settings (environment variables) [default]', ...rows].join('\n');
}

/** The settings as a Markdown table, as docs/reference/settings.md shows them. */
export function settingsTable(): string {
  const rows = describeSettings(builtIn.map((module) => module.settings)).map(
    ({ variable, fallback, about }) =>
      `| \`${variable}\` | ${fallback ? `\`${fallback}\`` : ''} | ${about} |`,
  );
  return ['| Setting | Default | What for |', '|---|---|---|', ...rows].join('\n');
}
