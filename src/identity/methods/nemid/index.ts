/** NemID (Denmark, until 2023): a client in a frame signs or logs on; national ids by PID-CPR. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import type { MethodModule } from '../../method.ts';
import { accounts } from './account-setup.ts';
import { formats } from './evidence/formats.ts';
import { readInstallationProvider, requiredSettings } from './installation.ts';
import { policies } from './evidence/policy.ts';
import { nemidProblems } from './problems.ts';
import { openProvider } from './provider.ts';
import { settings, type NemIdSettings } from './settings.ts';
import { validation } from './evidence/validation.ts';

const nemid: MethodModule<NemIdSettings> = {
  id: 'nemid',
  family: 'nemid',
  names: [
    { name: 'nemid-sign', uses: ['sign'], title: 'NemID', assurance: 'substantial' },
    { name: 'nemid', uses: ['authenticate'], title: 'NemID', assurance: 'substantial' },
  ],
  tested: 'genuine packages and signatures; a simulator in browsers',
  settings,
  required: requiredSettings,
  problems: nemidProblems,
  verifier: 'segl-nemid-verifier',
  texts: pathToFileURL(packageFile(import.meta.url, 'methods', 'nemid', 'texts/')),
  formats,
  policies,
  validation,
  async open(read, deps) {
    const { profile, sector } = await readInstallationProvider(read, deps.keys);
    return openProvider(profile, sector, deps);
  },
  accounts,
};

export default nemid;
