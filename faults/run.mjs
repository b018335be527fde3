// `npm run faults`: orders by every kind of method while the service is killed (`--orders N`, 500 by default). Exit 0 only
// when none is lost, doubled or left untold, and the log, written at debug, has nothing of persons and no secret.
import { parseArgs } from 'node:util';
import { prepare } from '../scripts/prepare.mjs';
import { makeTestPlace } from '../scripts/test-place.mjs';

const { values } = parseArgs({ options: { orders: { type: 'string', default: '500' } } });
await prepare();
const installation = await makeTestPlace();
process.env.SEGL_TEST_PLACE = installation.folder;
const { mixedOrders } = await import('../dist/faults/mixed-orders.js');
const ends = [];
const start = performance.now();
let report;
try {
  report = await mixedOrders({ teardown: (end) => ends.unshift(end) }, Number(values.orders), console.log);
} finally {
  for (const end of ends) await end();
  await installation.remove();
}
const { orders, kills, lost, doubled, untold, leaked, toldAgain, names } = report;
for (const [what, ids] of Object.entries({ lost, doubled, untold, leaked })) {
  for (const id of ids) console.log(`NOT OK ${what}: ${id}`);
}
for (const [name, count] of [...names].sort()) console.log(`${String(count).padStart(6)} by ${name}`);
console.log(
  `${orders} orders completed, ${kills} times killed in ${((performance.now() - start) / 60_000).toFixed(1)} min: ` +
    `${lost.length} lost, ${doubled.length} doubled, ${untold.length} not told to the back end; ` +
    `${toldAgain} callbacks repeated; ${leaked.length} kinds of secrets in the log`,
);
process.exit(lost.length + doubled.length + untold.length + leaked.length > 0 ? 1 : 0);
