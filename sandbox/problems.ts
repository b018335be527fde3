/** Codes of the sandbox; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { identityProblems } from '@segl/identity/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const sandboxProblems = defineProblems({
  errors: {
    PERSON_UNKNOWN: { fault: 'Client', params: { user: 'token' } },
    PERSON_STUCK: { fault: 'Client', params: { url: 'token', step: 'token', text: 'name' } },
  },
  details: {
    'sandbox/itself': {},
    'sandbox/sms-to': {},
    'sandbox/sms-text': { most: 'number' },
    'sandbox/sms-id': {},
    'sandbox/sms-from': {},
    'sandbox/not-a-time': { text: 'name' },
  },
  texts: { en, da },
  uses: [identityProblems],
});
