/** Codes of the authenticator, and their texts. */
import { defineProblems } from '@segl/problem/errors';

export const passkeySimulatorProblems = defineProblems({
  errors: {},
  details: { 'sandbox/passkey-asked': {} },
  texts: {
    en: {
      'sandbox/passkey-asked': 'an authenticator is asked with user, origin, and options for get or create',
    },
    da: {
      'sandbox/passkey-asked': 'en autentifikator spørges med user, origin og options til get eller create',
    },
  },
  uses: [],
});
