// `npm run conformance`: files of every format, level, kind of key and kind of input, before EU DSS, pyHanko, qpdf and
// pdfsig. Writes docs/conformance.md; exit 0 only when every judge agrees with every claim.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installTools } from '../scripts/tools.mjs';
import { prepare } from '../scripts/prepare.mjs';
import { installDss, installPyHanko, startJudge } from './judges.mjs';

const say = (text) => process.stdout.write(`${text}\n`);

installTools();
await prepare();
const { createWorld } = await import('../dist/conformance/world.js');
const { pdfInputs } = await import('../dist/conformance/inputs.js');
const { claimedFiles, everything } = await import('../dist/conformance/files.js');
const { judgeFile, RelyingParty } = await import('../dist/conformance/judging.js');
const { conformancePage } = await import('../dist/conformance/page.js');

say('Installing EU DSS and pyHanko where they are missing …');
const dss = startJudge(await installDss());
const pyHanko = startJudge(await installPyHanko());
const folder = await mkdtemp(join(tmpdir(), 'segl-conformance-'));
const world = createWorld();
const anchor = join(folder, 'root.der');
await writeFile(anchor, world.anchor);
const inputs = await pdfInputs(world, folder);
const party = new RelyingParty(world, join(folder, 'answers'));

const verdicts = [];
for await (const file of claimedFiles(world, inputs, everything)) {
  const ocsps = /-(B|T)$/.test(file.level) ? await party.answers() : [];
  const verdict = await judgeFile(file, { dss, pyHanko }, { folder: join(folder, 'files'), anchor, ocsps });
  verdicts.push(verdict);
  const ok = verdict.problems.length === 0;
  say(`${ok ? 'ok    ' : 'NOT OK'} ${file.level}, ${file.kind}, ${file.key}`);
  for (const problem of verdict.problems) say(`         ${problem}`);
}
dss.close();
pyHanko.close();
const failed = verdicts.filter(({ problems }) => problems.length > 0).length;
await writeFile(new URL('../docs/conformance.md', import.meta.url), await conformancePage(verdicts));
say(
  `${verdicts.length - failed} of ${verdicts.length} files judged as claimed; docs/conformance.md is written`,
);
if (failed === 0) await rm(folder, { recursive: true });
else say(`The files are in ${folder}`);
process.exit(failed === 0 ? 0 : 1);
