// `npm run conformance`: files of every format, level, kind of key and kind of input, before EU DSS, pyHanko, xmlsec1,
// xmllint, qpdf, pdfsig and openssl; then files that EU DSS and pyHanko make, before them and before our validator; then
// attacks, and damaged and hostile files; then identity evidence, before our judge and one in Python. Writes
// docs/standards/conformance.md; exit 0 only when every judge agrees with every claim, each difference in judging is one that is
// explained, every attack is refused, what is hostile is read within bounds, and both judges of evidence say the same.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installTools } from '../scripts/tools.mjs';
import { prepare } from '../scripts/prepare.mjs';
import { installDss, installEvidenceJudge, installPyHanko, installSchemas, startJudge } from './judges.mjs';

const say = (text) => process.stdout.write(`${text}\n`);

installTools();
await prepare();
const { createWorld } = await import('../dist/conformance/world.js');
const { pdfInputs } = await import('../dist/conformance/inputs.js');
const { claimedFiles, everything } = await import('../dist/conformance/files.js');
const { listedFiles } = await import('../dist/conformance/listed-files.js');
const { otherDigestFiles } = await import('../dist/conformance/other-digests.js');
const { extendedFiles } = await import('../dist/conformance/extended.js');
const { localSchemas } = await import('../dist/conformance/tools.js');
const { certificatesToPem } = await import('@segl/pki/x509/pem');
const { judgeFile, RelyingParty } = await import('../dist/conformance/judging.js');
const { Workshop } = await import('../dist/conformance/corpus/workshop.js');
const { judgeCorpus } = await import('../dist/conformance/corpus/corpus.js');
const { differencesOf } = await import('../dist/conformance/corpus/differences.js');
const { conformancePage } = await import('../dist/conformance/page.js');

say('Installing EU DSS and pyHanko where they are missing …');
const dssCommand = await installDss();
const dss = startJudge(dssCommand);
const pyHanko = startJudge(await installPyHanko());
const folder = await mkdtemp(join(tmpdir(), 'segl-conformance-'));
const world = createWorld();
const listsWorld = createWorld(undefined, {
  status: 'lists',
  organization: 'Lists',
  domain: 'lists.invalid',
});
const schema = localSchemas(await installSchemas());
async function benchOf({ anchor }, name) {
  const [der, pem] = ['der', 'pem'].map((extension) => join(folder, `${name}.${extension}`));
  await writeFile(der, anchor);
  await writeFile(pem, certificatesToPem([anchor]));
  return { folder: join(folder, 'files'), anchor: der, anchorPem: pem, schema };
}
const inputs = await pdfInputs(world, folder);
const party = new RelyingParty(world, join(folder, 'answers'));

const verdicts = [];
const classPath = dssCommand[dssCommand.indexOf('-cp') + 1];
const [bench, listsBench] = [await benchOf(world, 'root'), await benchOf(listsWorld, 'lists-root')];
async function* allFiles() {
  for await (const file of claimedFiles(world, inputs, everything)) yield [file, bench];
  for await (const file of listedFiles(listsWorld, inputs)) yield [file, listsBench];
  for await (const file of otherDigestFiles(world, inputs)) yield [file, bench];
  for await (const file of extendedFiles(world, { classPath, folder })) yield [file, bench];
}
for await (const [file, bench] of allFiles()) {
  const ocsps = /-(B|T)$/.test(file.level) ? await party.answers() : [];
  const verdict = await judgeFile(file, { dss, pyHanko }, { ...bench, ocsps });
  verdicts.push(verdict);
  const ok = verdict.problems.length === 0;
  say(`${ok ? 'ok    ' : 'NOT OK'} ${file.level}, ${file.kind}, ${file.key}`);
  for (const problem of verdict.problems) say(`         ${problem}`);
}

const shop = await Workshop.open(join(folder, 'corpus'));
const corpus = await judgeCorpus(shop, { dss, pyHanko }, inputs, ({ maker, name }, pairs) => {
  const found = pairs.flatMap(differencesOf);
  say(`${found.length === 0 ? 'same  ' : 'differs'} ${maker}: ${name}`);
});
await shop.close();
dss.close();
pyHanko.close();
for (const { pair, aspect, theirs, ours } of corpus.unexplained) {
  say(`NOT EXPLAINED ${pair.specimen.maker}: ${pair.specimen.name}, ${pair.signature}`);
  say(`         ${aspect}: ${pair.judge} says ${theirs}, we say ${ours} (${pair.reasons.join(' / ')})`);
}
for (const { judge, aspect, of } of corpus.unused) {
  say(`NO LONGER NEEDED the explanation of ${judge}, ${aspect}, ${of}`);
}
for (const problem of corpus.reportProblems) say(`REPORT AGAINST ITS SCHEMA ${problem}`);
const { isAsExpected, tellAttacks } = await import('../dist/conformance/attacks/refusals.js');
const attacks = [];
for await (const told of tellAttacks()) {
  attacks.push(told);
  const { family, name, indication, refused } = told;
  say(
    `${isAsExpected(told) ? 'as it must be' : 'NOT OK'} ${family}: ${name}: ${indication}, ${refused ?? 'taken'}`,
  );
}
const { fuzzEverything } = await import('./fuzz/everything.mjs');
const fuzzed = await fuzzEverything(say);
const { isAgreed, judgeEvidence } = await import('../dist/conformance/evidence/compare.js');
const evidenceJudge = startJudge(await installEvidenceJudge());
const evidence = [];
const ends = [];
for await (const judged of judgeEvidence({ teardown: (end) => ends.unshift(end) }, evidenceJudge, folder)) {
  evidence.push(judged);
  if (judged.isSound) say(`${isAgreed(judged) ? 'passed' : 'NOT OK'} ${judged.name}`);
  else if (!isAgreed(judged))
    say(`NOT OK ${judged.name}: ${judged.ours ?? 'taken'}, ${judged.theirs ?? 'taken'}`);
}
evidenceJudge.close();
for (const end of ends) await end();
const disagreed = evidence.filter((judged) => !isAgreed(judged)).length;
const failed = verdicts.filter(({ problems }) => problems.length > 0).length;
await writeFile(
  new URL('../docs/standards/conformance.md', import.meta.url),
  await conformancePage(verdicts, corpus, evidence),
);
const open = corpus.unexplained.length + corpus.unused.length + corpus.reportProblems.length;
const differing = corpus.explained.flatMap(({ found }) => found);
const same = corpus.pairs.filter((pair) =>
  differencesOf(pair).every(({ aspect }) => aspect !== 'indication'),
);
say(`${verdicts.length - failed} of ${verdicts.length} files of ours judged as claimed`);
say(
  `${corpus.specimens.length} files of others, ${corpus.pairs.length} judgements: ${same.length} with the same indication; ` +
    `${differing.length} differences explained by ${corpus.explained.length} reasons, ${corpus.unexplained.length} not`,
);
say(
  `${corpus.specimens.length} reports of TS 119 102-2, ${corpus.reportProblems.length} problems with their schema`,
);
const hostile = attacks.filter(({ family }) => family !== 'genuine').length;
const fallen = attacks.filter((told) => !isAsExpected(told)).length;
say(
  `${hostile} attacks with ${attacks.length - hostile} genuine files among them, ${fallen} not told as they must be`,
);
say(`${fuzzed.read} damaged and hostile files read within 2 s and 512 MB each, ${fuzzed.bad} not`);
say(
  `${evidence.filter(({ isSound }) => isSound).length} sound identity evidences and ${evidence.filter(({ isSound }) => !isSound).length} changed ones, ` +
    `${disagreed} not judged as they must be by both`,
);
say('docs/standards/conformance.md is written');
const isGood = failed === 0 && open === 0 && fallen === 0 && fuzzed.bad === 0 && disagreed === 0;
if (isGood) await rm(folder, { recursive: true });
else say(`The files are in ${folder}`);
process.exit(isGood ? 0 : 1);
