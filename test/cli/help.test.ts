import t from 'tap';
import { helpText } from '@segl/cli/help';
import { describeSettings } from '@segl/server/config/config';

t.test('help names every setting', (t) => {
  for (const { variable } of describeSettings()) t.match(helpText(), variable);
  t.end();
});
