// `npm run interop`: unmodified SOAP stacks as clients, each through the whole life of an order against a service
// that runs over https. Arguments: ids of stacks to run instead of all. A run of all stacks writes docs/reference/interop.md.
import { mkdir, writeFile } from 'node:fs/promises';
import { prepare } from '../scripts/prepare.mjs';
import { interopDocument } from './document.mjs';
import { stacks } from './stacks.mjs';
import { runSuite } from './suite.mjs';
import { tableText } from './table.mjs';

const say = (text) => process.stdout.write(`${text}\n`);

const chosen = process.argv.slice(2);
const unknown = chosen.filter((id) => !stacks.some((stack) => stack.id === id));
if (unknown.length > 0) {
  say(`There is no stack ${unknown.join(', ')}; there are ${stacks.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}

await prepare();
const outcome = await runSuite(
  stacks.filter(({ id }) => chosen.length === 0 || chosen.includes(id)),
  say,
  { tls: true },
);
say(`\n${tableText(outcome.table)}`);
for (const problem of outcome.problems) say(`NOT OK ${problem}`);
if (chosen.length === 0) {
  await mkdir(new URL('../docs', import.meta.url), { recursive: true });
  await writeFile(new URL('../docs/reference/interop.md', import.meta.url), await interopDocument(outcome));
  say('docs/reference/interop.md is written.');
}
process.exit(outcome.problems.length > 0 ? 1 : 0);
