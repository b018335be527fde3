/** OpenID Connect: a provider of METHODS_FILE tells who somebody is, about what was sent along as the nonce. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import { leavesIdentityEvidence } from '../../evidence/identity/left-behind.ts';
import { openProofAuthorities, proofSettings, type ProofSettings } from '../../evidence/identity/trust.ts';
import type { MethodModule } from '../../method.ts';
import { oidcProblems } from './problems.ts';
import { asserts } from './profiles/asserted.ts';
import { offeredProfiles } from './profiles/index.ts';
import { fields, requiredFields } from './settings.ts';

const oidc: MethodModule<ProofSettings> = {
  id: 'oidc',
  family: 'oidc',
  names: [],
  providers: { redirects: true, profiles: offeredProfiles, fields, required: requiredFields },
  settings: proofSettings,
  required: () => [],
  problems: oidcProblems,
  texts: pathToFileURL(packageFile(import.meta.url, 'methods', 'oidc', 'texts/')),
  ...leavesIdentityEvidence,
  asserts,
  // its library is loaded by those who sign people in, and not by every command that reads the settings
  open: async (settings, deps, providers) =>
    (await import('./opened.ts')).openProviders(await openProofAuthorities(settings), deps, providers),
};

export default oidc;
