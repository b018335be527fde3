/** Codes of the command line; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { serverProblems } from '@segl/server/problems';
import { simulators } from '@segl/sandbox/methods/index';
import { sandboxProblems } from '@segl/sandbox/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const cliProblems = defineProblems({
  errors: {
    ADDRESS_TAKEN: { fault: 'Server', params: { address: 'token' } },
    CALLER_TAKEN: {
      fault: 'Client',
      params: { cvr: 'token', kind: 'token', identifier: 'token', service: 'token', option: 'token' },
    },
    CALLER_NOT_REGISTERED: {
      fault: 'Client',
      params: { service: 'token', cvr: 'token', kind: 'token', identifier: 'token', environment: 'token' },
    },
    COMMAND_FAILED: { fault: 'Server', params: { text: 'name' } },
    DATABASE_REFUSED: { fault: 'Server', params: { code: 'token', text: 'name' } },
    FILE_UNUSABLE: { fault: 'Client', params: { file: 'name', code: 'token' } },
    UNREACHED: { fault: 'Server', params: { place: 'token', code: 'token' } },
    PROVIDER_MISSING: { fault: 'Client', params: { service: 'token' } },
  },
  details: {
    'option/no-certificate': { option: 'token', file: 'name', why: 'problem' },
    'option/missing': { option: 'token' },
    'option/file-unreadable': { option: 'token', file: 'name', said: 'name' },
    'option/certificate-or-ids': {},
    'option/fid-or-uid': {},
    'option/all-or-ids': {},
    'argument/file-unreadable': { file: 'name', said: 'name' },
    'argument/names-no-caller': { file: 'name' },
    'argument/no-account': { service: 'name' },
    'argument/no-template': { service: 'name' },
    'argument/no-template-for-method': { service: 'name', method: 'name' },
    'argument/not-a-url': { text: 'name' },
    'option/module': { allowed: 'names' },
    'argument/no-method': { module: 'name' },
    'setting/no-database': { folder: 'name' },
    'password/too-short': { least: 'number' },
    'sandbox/place': { url: 'name' },
  },
  texts: { en, da },
  uses: [serverProblems, sandboxProblems, ...simulators.map(({ problems }) => problems)],
});
