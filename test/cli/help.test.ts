import t from 'tap';
import { settingsText } from '../../cli/help.ts';
import { describeSettings } from '../../src/server/config/config.ts';

t.test('help names every setting', (t) => {
  for (const { variable } of describeSettings()) t.match(settingsText(), variable);
  t.end();
});
