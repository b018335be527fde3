import t from 'tap';
import { settingsText } from '@segl/cli/help';
import { describeSettings } from '@segl/server/config/config';

t.test('help names every setting', (t) => {
  for (const { variable } of describeSettings()) t.match(settingsText(), variable);
  t.end();
});
