/** The short form of what `npm run conformance` asks two judges about identity evidence: ours alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { judgeEvidence, type OtherJudge } from '../../conformance/evidence/compare.ts';

/** Says nothing. */
const nobody: OtherJudge = { ask: async () => ({ indication: 'PASSED' }) };

t.test('what methods leave behind is sound, and whatever is made of it without a key is not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segl-evidence-'));
  t.teardown(() => rm(folder, { recursive: true }));
  let sound = 0;
  for await (const { name, isSound, ours } of judgeEvidence(t, nobody, folder, {
    names: ['mitid'],
    places: 3,
  })) {
    if (isSound) t.equal(ours, undefined, name);
    else t.ok(ours, name);
    if (isSound) sound++;
  }
  t.ok(sound > 20, `${sound} are sound`);
});
