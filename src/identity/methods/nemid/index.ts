/** NemID (Denmark, until 2023): a client in a frame signs or logs on; national ids by PID-CPR. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import type { MethodModule, ModuleName } from '../../method.ts';
import { accounts } from './account-setup.ts';
import { asserts } from './asserted.ts';
import { formats } from './evidence/formats.ts';
import { readInstallationProvider, requiredSettings } from './installation.ts';
import { policies } from './evidence/policy.ts';
import { nemidProblems } from './problems.ts';
import { openProvider } from './provider.ts';
import { settings, type NemIdSettings } from './settings.ts';
import { validation } from './evidence/validation.ts';

/** Employees' names are known and off: whoever orders persons' signatures gets those alone. */
const EMPLOYEE = {
  title: 'NemID medarbejdersignatur',
  titles: { en: 'NemID employee signature' },
  assurance: 'substantial',
  attributes: ['organisation'],
  off: true,
} as const satisfies Partial<ModuleName>;

const KEY_FILE = {
  ...EMPLOYEE,
  title: 'NemID nøglefil',
  titles: { en: 'NemID key file' },
  options: { holders: 'employees', client: 'codefile' },
} as const satisfies Partial<ModuleName>;

const nemid: MethodModule<NemIdSettings> = {
  id: 'nemid',
  family: 'nemid',
  names: [
    { name: 'nemid-sign', uses: ['sign'], title: 'NemID', assurance: 'substantial' },
    { name: 'nemid', uses: ['authenticate'], title: 'NemID', assurance: 'substantial' },
    { name: 'nemid-moces-sign', uses: ['sign'], ...EMPLOYEE, options: { holders: 'employees' } },
    { name: 'nemid-moces', uses: ['authenticate'], ...EMPLOYEE, options: { holders: 'employees' } },
    { name: 'nemid-codefile-sign', uses: ['sign'], ...KEY_FILE },
    { name: 'nemid-codefile', uses: ['authenticate'], ...KEY_FILE },
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
  asserts,
  async open(read, deps) {
    const { profile, sector } = await readInstallationProvider(read, deps.keys);
    return openProvider(profile, sector, deps);
  },
  accounts,
};

export default nemid;
