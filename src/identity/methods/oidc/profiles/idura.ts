/** Idura Verify, formerly Criipto: `acr_values` choose the eID, `login_hint` carries the text. */
import { HIDDEN } from '../../../evidence/identity/proofs/bankid-signature.ts';
import type { Assurance } from '../../../method.ts';
import {
  base64,
  base64url,
  CPR,
  UPPER_CASE,
  type Asked,
  type AskedInApp,
  type Backchannel,
  type OidcEid,
  type OidcProfile,
} from './profile.ts';

const ACR = 'urn:grn:authn';

/** Words separated by spaces (`message` is cut at one if it is not encoded). */
const hint = (...words: readonly string[]): { readonly login_hint: string } => ({
  login_hint: words.join(' '),
});

const action = ({ signing }: Asked): string => `action:${signing ? 'sign' : 'login'}`;

/** Every token says which eID it was, as the acr that was asked for. */
const answeredBy = (scale: Readonly<Record<string, Assurance>>): Pick<OidcEid, 'level' | 'answered'> => ({
  level: { claim: 'authenticationtype', scale },
  answered: { claim: 'authenticationtype', values: Object.keys(scale) },
});

/** A person by their number; what BankID calls authentication in a call. */
const inApp = (
  acr: (asked: AskedInApp) => string,
  more: Readonly<Record<string, string>> = {},
): Backchannel => ({
  knownBy: 'national-id',
  asksSigner: true,
  textLimit: 100,
  ask: (asked) => ({
    acr_values: acr(asked),
    ...hint(`sub:ssn:${asked.person}`),
    binding_message: asked.text,
    ...more,
  }),
});

const mitid = `${ACR}:dk:mitid`;
const bankIdSe = `${ACR}:se:bankid`;
const bankIdNo = `${ACR}:no:bankid`;

const danish = {
  textLimit: 130,
  textClaim: 'refTextBody',
  level: { claim: 'loA', scale: UPPER_CASE },
  subject: { scheme: 'mitid-uuid', claims: [['uuid']] },
  name: [['name']],
  birthDate: [['birthdate']],
} as const satisfies Partial<OidcEid>;

export const idura: OidcProfile = {
  title: 'Idura Verify',
  eids: {
    mitid: {
      ...danish,
      tested: 'genuine tokens',
      levels: ['low', 'substantial', 'high'],
      attributes: ['national-id', 'birth-date', 'address'],
      scopesFor: { 'national-id': ['ssn'], address: ['address'] },
      parameters: (asked) => ({
        acr_values: `${mitid}:${asked.level}`,
        ...hint(action(asked), `message:${base64url(asked.text)}`),
      }),
      answered: {
        claim: 'authenticationtype',
        values: ['low', 'substantial', 'high'].map((level) => `${mitid}:${level}`),
      },
      nationalId: { ...CPR, claims: [['cprNumberIdentifier']] },
      continuity: [{ scheme: 'mitid-uuid', claim: 'uuid' }],
    },
    'mitid-business': {
      ...danish,
      levels: ['low', 'substantial'],
      attributes: ['organisation'],
      parameters: (asked) => ({
        acr_values: `${mitid}:business`,
        ...hint(action(asked), `message:${base64url(asked.text)}`),
      }),
      answered: { claim: 'authenticationtype', values: [`${mitid}:business`] },
      // not that of the private eID of the same person
      subject: { scheme: 'mitid-business-uuid', claims: [['uuid']] },
      organisation: { id: [['cvrNumberIdentifier']], name: [['2.5.4.10']] },
      continuity: [{ scheme: 'mitid-business-uuid', claim: 'uuid' }],
    },
    'bankid-se': {
      levels: ['low', 'substantial'],
      attributes: ['national-id', 'birth-date'],
      scopesFor: { 'national-id': ['ssn'] },
      textLimit: 1_000,
      parameters: (asked) => ({
        acr_values: bankIdSe,
        ...hint(action(asked), `message:${base64(asked.text)}`),
      }),
      native: {
        scopes: ['evidence'],
        ask: (asked, hidden) =>
          hint(action(asked), `message:${base64(asked.text)}`, `${HIDDEN}${base64(hidden)}`),
        claims: { signature: 'evidence', status: 'ocspResponse' },
      },
      backchannel: inApp(() => bankIdSe, {
        authorization_details: JSON.stringify([{ type: 'phoneAuth', callInitiator: 'RP' }]),
      }),
      ...answeredBy({
        [bankIdSe]: 'substantial',
        [`${bankIdSe}:same-device`]: 'substantial',
        [`${bankIdSe}:another-device`]: 'substantial',
        [`${bankIdSe}:another-device:qr`]: 'substantial',
      }),
      subject: { scheme: 'sub', claims: [['sub']] },
      name: [['name']],
      nationalId: { country: 'SE', type: 'PERSNR', claims: [['ssn']] },
    },
    'bankid-no': {
      levels: ['low', 'substantial', 'high'],
      attributes: ['national-id', 'birth-date'],
      scopesFor: { 'national-id': ['ssn'] },
      textLimit: 100,
      parameters: (asked) => ({
        acr_values: asked.level === 'high' ? `${bankIdNo}:high` : bankIdNo,
        ...hint(action(asked), `message:${base64url(asked.text)}`),
      }),
      backchannel: inApp(({ level }) => (level === 'high' ? `${bankIdNo}:high` : bankIdNo)),
      ...answeredBy({
        [`${bankIdNo}:substantial`]: 'substantial',
        [bankIdNo]: 'substantial',
        [`${bankIdNo}:high`]: 'high',
      }),
      subject: { scheme: 'bankid-no', claims: [['uniqueuserid']] },
      name: [['name']],
      birthDate: [['birthdate']],
      nationalId: { country: 'NO', type: 'FNR', claims: [['socialno']] },
      continuity: [{ scheme: 'bankid-no', claim: 'uniqueuserid' }],
    },
    idin: {
      levels: ['low', 'substantial'],
      attributes: ['birth-date', 'address'],
      // the default of the provider tells no name
      scopes: ['idin:full-id'],
      parameters: () => ({ acr_values: `${ACR}:nl:idin` }),
      ...answeredBy({ [`${ACR}:nl:idin`]: 'substantial' }),
      subject: { scheme: 'idin-bin', claims: [['verified_claims.bin']] },
      name: [['name'], ['given_name', 'family_name']],
    },
    freja: {
      levels: ['low', 'substantial'],
      attributes: [],
      scopes: ['freja:basic_user_info'],
      parameters: (asked) => ({
        acr_values: `${ACR}:se:frejaid`,
        ...hint(`minregistrationlevel:${asked.level === 'low' ? 'extended' : 'plus'}`),
      }),
      ...answeredBy({ [`${ACR}:se:frejaid`]: 'substantial' }),
      subject: { scheme: 'sub', claims: [['sub']] },
      name: [['name'], ['given_name', 'family_name']],
    },
  },
};
