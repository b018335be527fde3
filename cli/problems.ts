/** Codes of the command line; their texts are in `texts/`. */
import { defineProblems } from '../src/problem/errors.ts';
import { serverProblems } from '../src/server/problems.ts';
import { sandboxProblems } from '../sandbox/problems.ts';
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
    COMMAND_FAILED: { fault: 'Server', params: { text: 'text' } },
    DATABASE_REFUSED: { fault: 'Server', params: { code: 'token', text: 'text' } },
    FILE_UNUSABLE: { fault: 'Client', params: { file: 'text', code: 'token' } },
    UNREACHED: { fault: 'Server', params: { place: 'token', code: 'token' } },
    PROVIDER_MISSING: { fault: 'Client', params: { service: 'token' } },
  },
  details: {},
  texts: { en, da },
  uses: [serverProblems, sandboxProblems],
});
