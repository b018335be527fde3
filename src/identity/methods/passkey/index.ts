/** Passkeys and security keys: a key that somebody registered after another method had identified them, used the next time. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import { IDENTITY_EVIDENCE } from '../../evidence/identity/content.ts';
import { leavesIdentityEvidence } from '../../evidence/identity/left-behind.ts';
import type { DoctorFinding, MethodDeps, MethodModule, Provider } from '../../method.ts';
import { passkeyMethod } from './method.ts';
import { passkeyProblems } from './problems.ts';
import { PASSKEY_MODULE } from './registration.ts';
import { relyingParty } from './relying-party.ts';

const rpIdOf = ({ settings }: Provider): string | undefined => {
  const { rpId } = settings;
  return typeof rpId === 'string' ? rpId : undefined;
};

function look(provider: Provider, { publicUrl }: MethodDeps): DoctorFinding {
  const party = relyingParty(new URL(publicUrl).origin, rpIdOf(provider));
  return 'problem' in party
    ? { check: provider.id, verdict: 'failed', found: party.problem }
    : { check: provider.id, verdict: 'ok', found: passkeyProblems.of('passkey/ready', party) };
}

const passkey: MethodModule = {
  id: PASSKEY_MODULE,
  family: PASSKEY_MODULE,
  names: [],
  providers: {
    profiles: {
      passkey: {
        title: 'Passkeys',
        eids: {
          passkey: {
            levels: ['low'],
            attributes: ['national-id'],
            tested: ['Chromium with a virtual authenticator'],
            native: IDENTITY_EVIDENCE.format,
          },
        },
      },
    },
    fields: {
      rpId: {
        kind: 'text',
        about:
          'Domain that passkeys are made for (rpID): the host of PUBLIC_URL, or one above it. Passkeys of one domain are of no use in another. Unset: the host of PUBLIC_URL.',
      },
    },
    required: () => [],
  },
  settings: {},
  required: () => [],
  problems: passkeyProblems,
  texts: pathToFileURL(packageFile(import.meta.url, 'methods', 'passkey', 'texts/')),
  ...leavesIdentityEvidence,
  async open(_, deps, providers) {
    for (const provider of providers) {
      const { verdict, found } = look(provider, deps);
      // what is worth nothing in production is nothing to stop for beside a sandbox
      if (verdict === 'failed')
        deps.warn(
          { provider: provider.id, code: found.code, ...found.params },
          'Passkeys cannot be used here.',
        );
    }
    return {
      method(entry, use) {
        if (!entry.provider) throw new TypeError(`nobody answers for ${entry.name}`);
        return passkeyMethod(entry, use, rpIdOf(entry.provider), deps);
      },
      anchors: [],
      certificates: [],
      issuers: [],
      doctor: async ({ entry }) =>
        providers
          .filter(({ id }) => entry === undefined || entry.provider?.id === id)
          .map((provider) => look(provider, deps)),
      close: async () => undefined,
    };
  },
};

export default passkey;
