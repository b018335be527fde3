/** What the settings say about certificates of callers: everything that is wrong with them is named at once. */
import t from 'tap';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { DEFAULT_CHAINS } from '@segl/identity/oces/caller-certificate';
import { generalProblems } from '@segl/problem/problems';
import type { Problem } from '@segl/problem/problem';
import { callerSettings } from '@segl/server/application/access/caller-settings';
import { loadConfig } from '@segl/server/config/config';
import { serverProblems } from '@segl/server/problems';

const environment = ocesEnvironment('test');
const read = (settings: Record<string, string>) => callerSettings(loadConfig(settings), environment, []);
const OWN_TLS = { CLIENT_CERTIFICATES: 'request', TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' };
const PROXY = {
  ...{ CLIENT_CERTIFICATES: 'require', CALLER_CERT_HEADER: 'client-cert', TRUSTED_PROXIES: '192.0.2.1' },
};

t.test('what is read', async (t) => {
  t.equal(read({ ...OWN_TLS, CLIENT_CERTIFICATES: 'off' }), undefined);
  const rules = {
    ...{ environment, chains: DEFAULT_CHAINS.test, intermediates: [] },
    oces2Ends: new Date('2023-10-31T23:00:00Z'),
  };
  t.same(read(OWN_TLS), { mode: 'request', rules });
  t.same(read({ ...OWN_TLS, CALLER_PORT: '8443' }), { mode: 'request', rules });
  t.same(read(PROXY), { mode: 'require', rules });
  t.same(
    read({ ...PROXY, OCES2_CALLERS_UNTIL: '2024-02-29' })?.rules.oces2Ends,
    new Date('2024-02-29T23:00:00Z'),
  );
  t.same(read({ ...PROXY, OCES2_CALLERS_UNTIL: 'no-end', CALLER_CHAINS: 'A > B, C' })?.rules, {
    ...{ ...rules, chains: ['A > B', 'C'], oces2Ends: undefined },
  });
});

t.test('what is wrong', async (t) => {
  const wrong = (setting: string, value: string, must: Problem): Problem =>
    generalProblems.of('setting/wrong', { setting, must, value });
  const refused = (settings: Record<string, string>, ...problems: Problem[]): void => {
    t.throws(
      () => read(settings),
      { code: 'CONFIG_INVALID', params: { problems } },
      JSON.stringify(settings),
    );
  };
  const allowed = ['off', 'request', 'require'];
  const mode = wrong('CLIENT_CERTIFICATES', 'maybe', generalProblems.of('setting/alternatives', { allowed }));
  const unproxied = serverProblems.of('setting/caller-header-unproxied');
  const withoutTls = serverProblems.of('setting/caller-certificates-without-tls');
  const portWithoutTls = serverProblems.of('setting/caller-port-without-tls');
  const { TRUSTED_PROXIES: _, ...untrusted } = PROXY;
  refused({ ...OWN_TLS, CLIENT_CERTIFICATES: 'maybe' }, mode);
  refused(untrusted, unproxied);
  refused({ CLIENT_CERTIFICATES: 'require' }, withoutTls);
  refused({ ...PROXY, CALLER_PORT: '8443' }, portWithoutTls);
  for (const day of ['soon', '2026-02-30', '2026-06-31', '2026-6-30', '2026-06-30T00:00', 'x2026-06-30'])
    refused(
      { ...PROXY, OCES2_CALLERS_UNTIL: day },
      wrong('OCES2_CALLERS_UNTIL', day, serverProblems.of('setting/day', { never: 'no-end' })),
    );
  refused(
    { ...untrusted, CLIENT_CERTIFICATES: 'maybe', CALLER_PORT: '8443' },
    ...[mode, unproxied, portWithoutTls],
  );
});
