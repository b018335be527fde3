/** The short form of `npm run methods`: what is worst for a signer, and that no method is without a row. */
import t from 'tap';
import type { Case } from '../../methods/cases.ts';
import { uncovered } from '../../methods/cells.ts';
import type { Kind } from '../../methods/table.ts';
import { Matrix } from '../../methods/walk.ts';
import type { Way } from '../../methods/walker.ts';
import { openBrowser } from '../support/browser.ts';

const SHORT: readonly (readonly [kind: Kind, name: Case, way: Way])[] = [
  ['NemID', 'wrong person', 'sandbox sign'],
  ['NemID', 'token of another order', 'sandbox sign'],
  ['OpenID Connect', 'replayed', 'sandbox sign'],
  ['OpenID Connect', 'expired keys', 'sandbox sign'],
  ['OpenID Connect in an app', 'provider down', 'sandbox sign'],
  ['code by SMS', 'token of another order', 'sandbox sign'],
  ['code by SMS', 'timed out', 'sandbox sign'],
  ['passkey', 'token of another order', 'sandbox sign'],
  ['a code, then an eID', 'replayed', 'sandbox sign'],
  ['log-on: OpenID Connect', 'wrong person', 'browser'],
];

t.test('every method that comes along has a row', (t) => {
  t.same(uncovered(), []);
  t.end();
});

t.test('some cases of the table', async (t) => {
  const browser = await openBrowser(t);
  const matrix = await Matrix.start(t, browser);
  for (const [kind, name, way] of SHORT) {
    if (way === 'browser' && !browser) continue;
    const { wrong } = await matrix.walk(kind, name, way);
    t.equal(wrong, undefined, `${kind} / ${name} / ${way}`);
  }
});
