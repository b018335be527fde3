/**
 * Every MUST of the packaging policy for NemID signatures, on packages that were really made, and on what breaks it.
 * docs/standards/packaging-policy.md has the table that this run finds.
 */
import { textOf } from '../support/server/methods.ts';
import t from 'tap';
import { NEMID_PACKAGING_POLICY } from '@segl/identity/methods/nemid/evidence/policy';
import { checkSection } from '../support/conformance-page.ts';
import { requirements as contents } from './contents.ts';
import { requirements as process } from './process.ts';
import { requirements as seal } from './seal.ts';
import { createWorld, type World } from './world.ts';

const requirements = [...process, ...contents, ...seal];

/** What the published text says, by identifier. */
function demandsOf(text: string): ReadonlyMap<string, string> {
  const demands = new Map<string, string>();
  for (const [, id = '', rest = ''] of text.matchAll(
    /^([A-Z]\d+[a-c]?) +((?:.+\n?)+?)(?=^[A-Z]\d+[a-c]? |\n|^[A-Z][a-z]+ )/gm,
  )) {
    demands.set(id, rest.replace(/\s+/g, ' ').trim());
  }
  for (const [, id = '', title = ''] of text.matchAll(/^Appendix ([AB])\. (.+)$/gm)) demands.set(id, title);
  return demands;
}

const demands = demandsOf(textOf(NEMID_PACKAGING_POLICY));
const outcomes = new Map<string, boolean>();

let world: World;
t.before(async () => {
  world = await createWorld();
});
t.teardown(() => world.close());

for (const [id, title, prove] of requirements) {
  t.test(`${id}: ${title}`, async (t) => {
    await prove(t, world);
    outcomes.set(id, t.passing());
  });
}

t.test('the documentation has every requirement of the policy with its test and result', async (t) => {
  // C4 is the heading of C4a to C4c
  t.same([...outcomes.keys()].sort(), [...demands.keys()].filter((id) => id !== 'C4').sort());
  checkSection(
    t,
    'requirements',
    ['', 'the policy says', 'test', 'result'],
    requirements.map(([id, title]) => [
      id,
      demands.get(id) ?? '',
      title,
      outcomes.get(id) === true ? 'passed' : 'FAILED',
    ]),
  );
});
