/** Any OpenID provider: standard claims, and whatever METHODS_FILE says of a name. */
import type { OidcEid, OidcProfile } from './profile.ts';

/** As OpenID Connect Core section 5.1 has it; `acr` says the level, by words that METHODS_FILE explains. */
export const anyEid: OidcEid = {
  levels: ['low', 'substantial', 'high'],
  attributes: ['national-id', 'birth-date', 'email', 'phone', 'address', 'organisation'],
  scopes: ['profile'],
  scopesFor: { email: ['email'], phone: ['phone'], address: ['address'] },
  parameters: ({ language }) => ({ ui_locales: language }),
  level: { claim: 'acr', scale: {} },
  factors: 'amr',
  subject: { scheme: 'sub', claims: [['sub']] },
  name: [['name'], ['given_name', 'family_name']],
  birthDate: [['birthdate']],
};

export const generic: OidcProfile = {
  title: 'OpenID Connect',
  authTime: true,
  eids: {},
};
