import { readFileSync } from 'node:fs';
import t from 'tap';
import { helpText, settingsTable } from '@segl/cli/help';
import { describeSettings } from '@segl/server/config/config';
import { projectFile } from '@segl/server/paths';

t.test('README shows the settings as the configuration has them', (t) => {
  const readme = readFileSync(projectFile('README.md'), 'utf8').replace(/[ -]+\|/g, ' |');
  t.ok(
    readme.includes(settingsTable().replace(/[ -]+\|/g, ' |')),
    'npx segl help --markdown prints the table',
  );
  t.end();
});

t.test('help names every setting', (t) => {
  for (const { variable } of describeSettings()) t.match(helpText(), variable);
  t.end();
});
