/** Passkeys: everybody has an authenticator here, which makes and uses keys without a touch. */
import { join } from 'node:path';
import { sandboxProblems } from '../../problems.ts';
import type { OpenedSimulator, Simulator } from '../../simulator.ts';
import { JsonFile } from '../../world/json-file.ts';
import { passkeyPlugin, type Authenticators } from './routes.ts';

interface Opened extends OpenedSimulator {
  readonly authenticators: Authenticators;
}

const passkey: Simulator<Opened> = {
  id: 'passkey',
  persons: [],
  plugins: (app, opened) => {
    passkeyPlugin(app, () => opened().authenticators);
  },
  open: async ({ folder }) => ({
    authenticators: await JsonFile.open(join(folder, 'passkeys.json'), () => ({})),
    environment: {},
    methods: { providers: { passkey: { module: 'passkey' } }, methods: [] },
    trust: { anchors: [], intermediates: [] },
    cards: '',
  }),
  persona: async (browser, sandboxUrl, user) => ({
    name: user,
    eid: 'a passkey',
    isAnybody: true,
    async script(options, origin) {
      const { status, value } = await browser.json(`${sandboxUrl}/passkey/api/answer`, {
        ...{ user, origin, options },
      });
      if (status !== 200) throw sandboxProblems.error('PERSON_UNKNOWN', { user });
      return value;
    },
  }),
};

export default passkey;
