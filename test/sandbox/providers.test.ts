import { join } from 'node:path';
import t from 'tap';
import { ManualClock } from '@segl/problem/clock';
import { BillingCounters } from '@segl/sandbox/methods/nemid/providers/counters';
import { isAllowed, ProviderRegistry, type Provider } from '@segl/sandbox/methods/nemid/providers/registry';
import { temporaryFolder } from './support.ts';

const ID = 'CVR:12345678-UID:1';
const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_none, index) => `192.0.2.${String(index + 1)}`);

t.test('providers have names, clients and at most ten addresses', async (t) => {
  const path = join(await temporaryFolder(t), 'providers.json');
  const registry = await ProviderRegistry.open(path, { id: ID, friendlyName: 'Firma' });
  const set = (change: Partial<Provider>) => registry.set({ ...registry.all[0]!, ...change });
  await set({ allow: addresses(10) });
  for (const change of [
    { allow: addresses(11) },
    { allow: ['192.0.2.256'] },
    { allow: ['example.org'] },
    { friendlyName: '' },
    { friendlyName: 'x'.repeat(81) },
    { clients: ['fax' as 'js'] },
    { id: 'somebody' },
  ]) {
    await t.rejects(set(change), { code: 'BAD_REQUEST' });
  }
  const again = await ProviderRegistry.open(path, { id: ID, friendlyName: 'Another name' });
  t.match(again.find(ID), { friendlyName: 'Firma', allow: addresses(10) }, 'kept on disk');
  t.equal(again.find('toString'), undefined);
});

t.test('addresses are compared as addresses', async (t) => {
  const provider = (...allow: string[]): Provider => ({ id: ID, friendlyName: 'F', allow, clients: ['js'] });
  for (const [allow, address, allowed] of [
    [[], '198.51.100.1', true],
    [['192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.10', false],
    [['192.0.2.1'], '::ffff:192.0.2.1', true],
    [['2001:db8::1'], '2001:0db8:0:0:0:0:0:1', true],
    [['2001:db8::1'], '2001:db8::2', false],
    [['192.0.2.1'], 'unknown', false],
  ] as const) {
    t.equal(isAllowed(provider(...allow), address), allowed, `${allow.join()} and ${address}`);
  }
});

t.test('what is used is counted by month, and kept', async (t) => {
  const path = join(await temporaryFolder(t), 'billing.json');
  const clock = new ManualClock('2026-05-31T23:59:59Z');
  const counters = await BillingCounters.open(path, clock);
  await counters.count(ID, 'sign');
  await counters.count(ID, 'sign');
  await counters.count('SPID 1', 'pid-match');
  clock.advance(1000);
  await counters.count(ID, 'logon');
  const expected = [
    { month: '2026-06', provider: ID, counts: { logon: 1, sign: 0, 'pid-match': 0, 'pid-lookup': 0 } },
    { month: '2026-05', provider: ID, counts: { logon: 0, sign: 2, 'pid-match': 0, 'pid-lookup': 0 } },
    { month: '2026-05', provider: 'SPID 1', counts: { logon: 0, sign: 0, 'pid-match': 1, 'pid-lookup': 0 } },
  ];
  t.same(counters.rows(), expected);
  t.same((await BillingCounters.open(path, clock)).rows(), expected);
});
