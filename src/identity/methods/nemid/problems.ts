/** Codes of NemID and of what belongs to it; their texts are in `problems/`. */
import { adesProblems } from '@segl/ades/problems';
import { defineProblems, type ErrorCodeOf } from '@segl/problem/errors';
import { da } from './problems/da.ts';
import { en } from './problems/en.ts';

export const nemidProblems = defineProblems({
  errors: {
    CPR_INVALID: { fault: 'Client', status: 422 },
    CPR_MISMATCH: { fault: 'Client', status: 422 },
    CPR_TOO_MANY_ATTEMPTS: { fault: 'Client', status: 429 },
    CPR_LOCKED: { fault: 'Client', status: 429 },
    CPR_SERVICE_REFUSED: {
      fault: 'Server',
      status: 502,
      params: { service: 'token', name: 'token', status: 'token' },
    },
    CPR_NOT_AGREED: {
      fault: 'Server',
      status: 502,
      params: { service: 'token', name: 'token', status: 'token' },
    },
    CPR_PERSON_UNKNOWN: {
      fault: 'Client',
      status: 422,
      params: { service: 'token', name: 'token', status: 'token' },
    },
    CPR_GUESSING: { fault: 'Client', status: 429, params: { service: 'token' } },
    OCES_INVALID: { fault: 'Client', status: 422, params: { why: 'text' } },
  },
  details: {},
  texts: { en, da },
  uses: [adesProblems],
});

export type NemIdCode = ErrorCodeOf<typeof nemidProblems>;
