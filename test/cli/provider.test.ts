/** `segl provider` beside a running service, as an operator uses it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exportP12, P12_PASSWORD } from '../support/provider.ts';
import { createPlace } from '../support/server/running.ts';
import { tool } from '../support/tools.ts';

t.test('set, show, check, remove', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const place = await createPlace(t);
  await place.start();
  const p12 = join(place.dataDir, 'voces.p12');
  writeFileSync(p12, exportP12(openssl, join(place.dataDir, 'sandbox')));
  const password = join(place.dataDir, 'password');
  writeFileSync(password, `${P12_PASSWORD}\n`);
  const provider = (...args: string[]) => place.ask('provider', {}, args);
  const files = ['--p12', p12, '--password-file', password];
  const set = (change: Record<string, string> = {}) => {
    const options = {
      ...{
        environment: 'sandbox',
        'friendly-name': 'Segl Sandbox',
        spid: '2',
        cpr: 'lookup',
        sector: 'public',
      },
      ...change,
    };
    return provider(
      'set',
      'demo',
      ...files,
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    );
  };

  t.match(await provider('show'), { code: 0, output: /No account/ });
  t.match(await provider('check'), { code: 0, output: /VOCES of .*match is allowed.*Ready/s });
  t.match(await set({ sector: 'private' }), { code: 1, output: /public bodies only.*→|public bodies only/s });
  t.match(await set({ p12: '/nowhere' }), { code: 1, output: /--p12 \/nowhere cannot be read \(ENOENT\)/ });
  t.match(await set({ 'rid-spid': '2' }), { code: 0, output: /Set\. Now try it/ });
  const shown = await provider('show', 'demo');
  t.match(shown, {
    code: 0,
    output: /friendly name +Segl Sandbox\n.*expires .* in \d+ days.*lookup \(public/s,
  });
  t.notMatch(shown.output, /PRIVATE|password/i);
  t.match(await provider('check', 'demo'), { code: 0, output: /lookup is allowed.*rid-cpr.*Ready/s });
  t.match(await set({ spid: '99' }), { code: 0 }, 'what only the provider knows is not refused');
  t.match(await provider('check', 'demo'), { code: 1, output: /FAIL  pid-cpr .*→ .*SPID.*1 to put right/s });
  t.match(await provider('remove', 'demo'), { code: 0 });
});
