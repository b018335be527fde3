import { readFileSync } from 'node:fs';
import t from 'tap';
import { settingsTable, settingsText } from '../../cli/help.ts';
import { describeSettings } from '../../src/server/config/config.ts';
import { projectFile } from '../../src/problem/paths.ts';

t.test('README shows the settings as the configuration has them', (t) => {
  const readme = readFileSync(projectFile('README.md'), 'utf8').replace(/[ -]+\|/g, ' |');
  t.ok(
    readme.includes(settingsTable().replace(/[ -]+\|/g, ' |')),
    'npx segl help --markdown prints the table',
  );
  t.end();
});

t.test('help names every setting', (t) => {
  for (const { variable } of describeSettings()) t.match(settingsText(), variable);
  t.end();
});
