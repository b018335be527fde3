/** Signicat's eID Hub: `acr_values` choose the eID. What each app shows is set there, in the account. */
import { CPR, UPPER_CASE, type OidcProfile } from './profile.ts';

const person = {
  scopes: ['profile', 'idp-id'],
  scopesFor: { 'national-id': ['nin'] },
  name: [['name'], ['given_name', 'family_name']],
  birthDate: [['birthdate']],
} as const;

export const signicat: OidcProfile = {
  title: 'Signicat',
  eids: {
    mitid: {
      ...person,
      scopes: [...person.scopes, 'mitid-extra'],
      levels: ['low', 'substantial', 'high'],
      attributes: ['national-id', 'birth-date'],
      parameters: ({ language }) => ({ acr_values: 'idp:mitid', ui_locales: language }),
      // no other eID has this claim, so that it tells which it was as well
      level: { claim: 'mitid_loa', scale: UPPER_CASE },
      subject: { scheme: 'mitid-uuid', claims: [['mitid_uuid'], ['idp_id']] },
      nationalId: { ...CPR, claims: [['nin']] },
      continuity: [{ scheme: 'mitid-uuid', claim: 'mitid_uuid' }],
    },
    'bankid-no': {
      ...person,
      levels: ['low', 'substantial', 'high'],
      attributes: ['national-id', 'birth-date'],
      parameters: ({ language }) => ({ acr_values: 'idp:nbid nbid_idp:BID', ui_locales: language }),
      level: { claim: 'nbid_acr', scale: { 'urn:bankid:bid;LOA=4': 'high' } },
      subject: { scheme: 'bankid-no', claims: [['idp_id']] },
      nationalId: { country: 'NO', type: 'FNR', claims: [['nin']] },
      continuity: [{ scheme: 'bankid-no-pid', claim: 'nbid_alternative_subject' }],
    },
  },
};
