/**
 * Finnish Trust Network (Traficom recommendation 213/2023 S): signed requests, encrypted answers, keys that are exchanged
 * beforehand, and clients that are known by a key.
 */
import type { OidcProfile } from './profile.ts';

const ACR = 'urn:grn:authn:fi';

export const ftn: OidcProfile = {
  title: 'Finnish Trust Network',
  requestObject: true,
  required: ['signingKeyFile', 'signingKeyId', 'decryptionKeyFile', 'keysFile'],
  eids: {
    ftn: {
      levels: ['low', 'substantial'],
      attributes: ['national-id', 'birth-date'],
      parameters: ({ language }) => ({ acr_values: `${ACR}:all`, ui_locales: language }),
      level: {
        claim: 'authenticationtype',
        scale: {
          [`${ACR}:all`]: 'substantial',
          [`${ACR}:bank-id`]: 'substantial',
          [`${ACR}:mobile-id`]: 'substantial',
        },
      },
      answered: {
        claim: 'authenticationtype',
        values: ['all', 'bank-id', 'mobile-id'].map((way) => `${ACR}:${way}`),
      },
      subject: { scheme: 'sub', claims: [['sub']] },
      // `name` is a pseudonym
      name: [['given_name', 'family_name']],
      birthDate: [['birthdate']],
      nationalId: { country: 'FI', type: 'HETU', claims: [['hetu']] },
      continuity: [{ scheme: 'satu', claim: 'satu' }],
    },
  },
};
