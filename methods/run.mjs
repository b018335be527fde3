// `npm run methods`: every method and every case of the table, in Chromium and over HTTP as `segl sandbox sign` does. `--kind`,
// `--case` and `--way` choose some of them by a part of their names. Exit 0 only when each came out as the table has it.
import { parseArgs } from 'node:util';
import { prepare } from '../scripts/prepare.mjs';
import { makeTestPlace } from '../scripts/test-place.mjs';

const text = { type: 'string', default: '' };
const { values } = parseArgs({ options: { kind: text, case: text, way: text } });
await prepare();
const installation = await makeTestPlace();
process.env.SEGL_TEST_PLACE = installation.folder;
const { cells } = await import('../dist/methods/cells.js');
const { Matrix } = await import('../dist/methods/walk.js');
const { openBrowser } = await import('../dist/test/support/browser.js');

const ends = [];
const holder = {
  teardown: (end) => ends.unshift(end),
  pass: (_message, { skip }) => console.log(`skipped: ${skip}`),
  fail: (message) => {
    throw new Error(message);
  },
};
const start = performance.now();
const outcomes = [];
let skipped = 0;
try {
  const browser = await openBrowser(holder);
  const matrix = await Matrix.start(holder, browser);
  for (const { kind, name, way } of cells()) {
    if (!kind.includes(values.kind) || !name.includes(values.case) || !way.includes(values.way)) continue;
    if (way === 'browser' && !browser) {
      skipped += 1;
      continue;
    }
    const outcome = await matrix.walk(kind, name, way);
    outcomes.push(outcome);
    const { seconds, wrong } = outcome;
    console.log(
      `${wrong === undefined ? 'ok' : 'NOT OK'} ${kind} / ${name} / ${way} ${seconds.toFixed(1)} s`,
    );
    if (wrong !== undefined) console.log(`   ${wrong}`);
  }
} finally {
  for (const end of ends) await end();
  await installation.remove();
}
const wrong = outcomes.filter((outcome) => outcome.wrong !== undefined);
console.log(
  `${outcomes.length} cases walked in ${((performance.now() - start) / 60_000).toFixed(1)} min: ${wrong.length} wrong` +
    (skipped > 0 ? `, ${skipped} skipped without a browser` : ''),
);
process.exit(outcomes.length > 0 && wrong.length === 0 && skipped === 0 ? 0 : 1);
