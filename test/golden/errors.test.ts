/** What every error says to people who meet it, and to the programs that ask for its status. */
import t from 'tap';
import { golden, known } from './files.ts';
import { errorTexts } from './subject.ts';

t.test('every error says what it said', async (t) => {
  const wanted = golden('errors.json', errorTexts);
  t.ok(Object.keys(wanted).length > 100);
  t.same(known(errorTexts(), wanted), wanted);
});
