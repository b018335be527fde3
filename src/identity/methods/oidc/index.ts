/** OpenID Connect: a provider of METHODS_FILE tells who somebody is, about what was sent along as the nonce. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import { leavesIdentityEvidence } from '../../evidence/identity/left-behind.ts';
import type { MethodModule } from '../../method.ts';
import { oidcMethod } from './method.ts';
import { oidcProblems } from './problems.ts';
import { offeredProfiles } from './profiles/index.ts';
import { openOidcProvider, type OidcProvider } from './provider.ts';
import { fields, requiredFields } from './settings.ts';

const oidc: MethodModule = {
  id: 'oidc',
  family: 'oidc',
  names: [],
  providers: { profiles: offeredProfiles, fields, required: requiredFields },
  settings: {},
  required: () => [],
  problems: oidcProblems,
  texts: pathToFileURL(packageFile(import.meta.url, 'methods', 'oidc', 'texts/')),
  ...leavesIdentityEvidence,
  async open(_, deps, providers) {
    const opened = new Map<string, OidcProvider>();
    const close = async (): Promise<void> => {
      for (const one of opened.values()) await one.close();
    };
    try {
      for (const provider of providers) opened.set(provider.id, await openOidcProvider(provider, deps));
    } catch (error) {
      await close();
      throw error;
    }
    return {
      method(entry, use) {
        const provider = entry.provider && opened.get(entry.provider.id);
        if (!provider) throw new TypeError(`nobody answers for ${entry.name}`);
        return oidcMethod(entry, use, provider, deps);
      },
      anchors: [],
      certificates: [],
      issuers: [],
      doctor: ({ online, entry }) =>
        Promise.all(
          [...opened.values()]
            .filter(({ id }) => entry === undefined || entry.provider?.id === id)
            .map((provider) => provider.doctor(online)),
        ),
      close,
    };
  },
};

export default oidc;
