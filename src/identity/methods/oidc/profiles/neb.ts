/** Nets eID Broker (Signaturgruppen): `idp_values` choose the eID, `idp_params` carry level and text. */
import { base64, CPR, type Asked, type OidcEid, type OidcProfile } from './profile.ts';

const NSIS = 'https://data.gov.dk/concept/core/nsis';

const nsis = {
  claim: 'loa',
  scale: { [`${NSIS}/Low`]: 'low', [`${NSIS}/Substantial`]: 'substantial', [`${NSIS}/High`]: 'high' },
} as const;

const parametersFor =
  (idp: string): OidcEid['parameters'] =>
  ({ level, text, signing, language }: Asked) => ({
    idp_values: idp,
    idp_params: JSON.stringify({
      // the person may be sent on to the private eID, which takes the parameters of its own
      mitid: {
        loa_value: level,
        reference_text: base64(text),
        action_text: signing ? 'SIGN' : 'LOG_ON',
      },
    }),
    language,
  });

export const neb: OidcProfile = {
  title: 'Nets eID Broker',
  authTime: true,
  eids: {
    mitid: {
      tested: 'a genuine transaction token',
      levels: ['low', 'substantial', 'high'],
      attributes: ['national-id', 'birth-date', 'address'],
      // signed userinfo: the id_token has little of the person
      scopes: ['mitid', 'nemid.pid', 'userinfo_token'],
      scopesFor: {
        'national-id': ['ssn'],
        address: ['ssn.details_address'],
      },
      textLimit: 130,
      parameters: parametersFor('mitid'),
      level: nsis,
      factors: 'amr',
      answered: { claim: 'idp', values: ['mitid'] },
      transaction: {
        scopes: ['transaction_token'],
        ask: ({ type }) => ({ signtext_type: type }),
        document: (bytes) => ({ signtext_base64: Buffer.from(bytes).toString('base64') }),
      },
      // the app alone (MitID Flex): the text goes with the hint
      backchannel: {
        knownBy: 'national-id',
        asksSigner: true,
        textLimit: 130,
        ask: ({ person, text, ip }) => ({
          login_hint_token: JSON.stringify({ idp: 'mitid', cpr: person, referenceTextBody: text, ip }),
        }),
      },
      subject: { scheme: 'mitid-uuid', claims: [['mitid.uuid']] },
      name: [['mitid.identity_name']],
      birthDate: [['mitid.date_of_birth']],
      nationalId: { ...CPR, claims: [['dk.cpr']] },
      continuity: [
        { scheme: 'mitid-uuid', claim: 'mitid.uuid' },
        {
          scheme: 'nemid-pid',
          claim: 'nemid.pid',
          where: { claim: 'nemid.pid_status', value: 'success' },
        },
      ],
    },
    'mitid-business': {
      levels: ['low', 'substantial'],
      attributes: ['organisation'],
      scopes: ['nemlogin', 'userinfo_token'],
      textLimit: 130,
      parameters: parametersFor('mitid_erhverv'),
      level: nsis,
      factors: 'amr',
      answered: { claim: 'idp', values: ['mitid_erhverv'] },
      subject: { scheme: 'mitid-business-uuid', claims: [['nemlogin.persistent_professional_id']] },
      // protected employees have an alias alone
      name: [['nemlogin.name'], ['nemlogin.given_name', 'nemlogin.family_name'], ['nemlogin.alias']],
      organisation: { id: [['nemlogin.cvr']], name: [['nemlogin.org_name']] },
      continuity: [
        { scheme: 'mitid-business-uuid', claim: 'nemlogin.persistent_professional_id' },
        { scheme: 'nemid-rid', claim: 'nemlogin.nemid.rid' },
      ],
    },
  },
};
