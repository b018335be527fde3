/** Codes of the sandbox; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { identityProblems } from '@segl/identity/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const sandboxProblems = defineProblems({
  errors: {
    PERSON_UNKNOWN: { fault: 'Client', params: { user: 'token' } },
    PERSON_STUCK: { fault: 'Client', params: { url: 'token', step: 'text', text: 'text' } },
  },
  details: {},
  texts: { en, da },
  uses: [identityProblems],
});
