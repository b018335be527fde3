/** Codes of Bluebird, and their texts. */
import { identityProblems } from '@segl/identity/problems';
import { defineProblems } from '@segl/problem/errors';

export const bluebirdProblems = defineProblems({
  errors: {},
  details: {
    'bluebird/no-token': {},
    'bluebird/signature': {},
    'bluebird/other-provider': {},
    'bluebird/other-signer': {},
    'bluebird/other-document': {},
  },
  texts: {
    en: {
      'bluebird/no-token': 'it is no token',
      'bluebird/signature': 'its signature does not hold',
      'bluebird/other-provider': 'it is of another provider',
      'bluebird/other-signer': 'its signer is not the one who signed',
      'bluebird/other-document': 'its document is not the one that was signed',
    },
    da: {
      'bluebird/no-token': 'det er ikke en token',
      'bluebird/signature': 'dens underskrift passer ikke',
      'bluebird/other-provider': 'den er fra en anden udbyder',
      'bluebird/other-signer': 'underskriveren er ikke den, der underskrev',
      'bluebird/other-document': 'dokumentet er ikke det, der blev underskrevet',
    },
  },
  uses: [identityProblems],
});
