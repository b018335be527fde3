/** What simulators promise to the sandbox, to services and to the command line. */
import t from 'tap';
import { methodParts } from '@segl/cli/methods/index';
import { builtIn } from '@segl/identity/methods/index';
import type { MethodModule } from '@segl/identity/method';
import { readSettings } from '@segl/identity/settings';
import { simulators } from '@segl/sandbox/methods/index';
import { Browser } from '@segl/sandbox/person/browser';
import { openSandbox } from './support.ts';

const sandbox = await openSandbox(t);
const page = await (await fetch(`${sandbox.url}/`)).text();

for (const simulator of simulators) {
  t.test(`${simulator.id}: the settings are those of its method, and enough for it`, async (t) => {
    const module = builtIn.find(({ id }) => id === simulator.id) as MethodModule | undefined;
    if (!module) return t.fail('there is no such method');
    const { values, problems } = readSettings(module.settings, sandbox.environment);
    t.same(problems, []);
    for (const name of module.required(values)) t.ok(values[name], `${name} is given`);
  });

  t.test(`${simulator.id}: its persons act`, async (t) => {
    if (simulator.persons.length === 0) {
      const anybody = await simulator.persona(new Browser('da'), sandbox.url, 'anybody');
      const acts = 'answer' in anybody || 'script' in anybody;
      t.ok(anybody.isAnybody === true && acts, 'whoever gets the code, or has the key');
      return;
    }
    t.ok(simulator.persons.length > 1, 'the demo needs two');
    const [person] = simulator.persons;
    const persona = await simulator.persona(new Browser('da'), sandbox.url, person!.userId);
    t.equal(persona.name, person!.name);
    t.ok('frame' in persona || 'redirect' in persona, 'there is something that they do');
    if (persona.form) {
      t.ok(Object.values(persona.form(undefined).values).includes(person!.nationalId));
      t.ok(Object.values(persona.form('1234').values).includes('1234'));
    }
    await t.rejects(simulator.persona(new Browser('da'), sandbox.url, 'nobody'), { code: 'PERSON_UNKNOWN' });
  });

  t.test(`${simulator.id}: it is known to the demo`, async (t) => {
    const module = builtIn.find(({ id }) => id === simulator.id);
    // what leaves no evidence of its own has nothing of its own to show there
    t.equal(
      methodParts.some(({ id }) => id === simulator.id),
      (module?.formats.length ?? 0) > 0,
    );
    t.ok(simulator.persons.every((person) => sandbox.persons.includes(person)));
  });
}

t.test('the first page has cards of all of them, and the authorities', async (t) => {
  t.match(page, /<dt><a href="\/testtools\/">/);
  t.match(page, /aia\/oces-ca\.cer[^]*aia\/seal-ca\.cer|aia\/seal-ca\.cer[^]*aia\/oces-ca\.cer/);
});
