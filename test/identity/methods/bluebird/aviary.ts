/** Bluebird through brokers: METHODS_FILE says who they are, and each answers for the eIDs of its profile. */
import { readFile } from 'node:fs/promises';
import type { MethodModule } from '@segl/identity/method';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { generalProblems } from '@segl/problem/problems';
import bluebird, { methodOf, type BluebirdSettings } from './index.ts';

const aviary: MethodModule = {
  ...(bluebird as unknown as MethodModule),
  id: 'aviary',
  settings: {},
  required: () => [],
  providers: {
    redirects: true,
    profiles: {
      nest: {
        title: 'The Nest',
        eids: {
          mitid: { levels: ['low', 'substantial'], attributes: ['national-id'], options: { tune: 'calm' } },
          'bankid-se': { levels: ['substantial'], attributes: [] },
        },
      },
      roost: { title: 'Any roost', eids: {}, others: { levels: ['low'], attributes: [] } },
    },
    fields: {
      url: { kind: 'base-url', about: 'Where signers are sent.' },
      trustFile: { kind: 'path', about: 'PEM certificate of the provider.' },
      secret: { kind: 'text', secret: true, about: 'What the broker knows us by.' },
      pin: { kind: 'integer', secret: true, about: 'What opens the cage.' },
      tunes: { kind: 'list', about: 'What may be sung.' },
      loud: { kind: 'switch', fallback: 'off', about: 'Whether it is loud.' },
    },
    required: (profile) => (profile === 'nest' ? ['url', 'trustFile', 'secret'] : ['url', 'trustFile']),
  },
  async open(_, deps, providers) {
    const anchors = new Map<string, readonly Uint8Array[]>();
    for (const { id, settings } of providers) {
      const { trustFile } = settings as BluebirdSettings;
      anchors.set(id, certificatesFromPem(await readFile(trustFile!, 'utf8')));
    }
    return {
      method(entry, use) {
        const { id, settings } = entry.provider!;
        return methodOf(entry, use, settings as BluebirdSettings, anchors.get(id)!, deps);
      },
      anchors: [...anchors.values()].flat(),
      certificates: [],
      issuers: [],
      doctor: async ({ entry }) =>
        providers
          .filter(({ id }) => entry === undefined || entry.provider?.id === id)
          .map(({ id }) => ({
            check: id,
            verdict: 'ok',
            found: generalProblems.of('foreign/said', { said: id }),
          })),
      close: async () => undefined,
    };
  },
};

export default aviary;
