/** The brokers that are imitated: how each is asked for an eID, and what its tokens look like. */
import { nameOf, type OidcPerson } from './persons.ts';

export type Level = 'low' | 'substantial' | 'high';

/** What the service asked for. */
export interface Wanted {
  readonly eid: string;
  readonly level: Level;
  /** To be shown in the app. */
  readonly text: string;
  /** To be shown by the broker, whole, and signed. */
  readonly presented?: Presented;
  /** To be signed beside the text, by an eID that signs itself. */
  readonly hidden?: string;
}

/** What a broker is given to show. */
export interface Presented {
  readonly type: 'pdf' | 'text';
  readonly bytes: Uint8Array;
}

/** What the person did. */
export interface Act {
  readonly wanted: Wanted;
  readonly person: OidcPerson;
  readonly level: Level;
  readonly at: Date;
}

type Claims = Readonly<Record<string, unknown>>;

export interface Broker {
  readonly id: string;
  readonly title: string;
  /** eIDs by their names in METHODS_FILE. */
  readonly eids: readonly string[];
  /** Parameters beyond those of OpenID Connect. */
  readonly parameters: readonly string[];
  read(params: Claims): Wanted;
  /** Beside what every id_token has. */
  idToken(act: Act): Claims;
  /** What userinfo tells beyond that; absent: nothing. */
  userinfo?(act: Act): Claims;
  /** Userinfo comes with the tokens too, signed. */
  readonly userinfoToken?: true;
  /** Shows what is signed, and seals that it did. */
  readonly sealsTransactions?: true;
  /** Asks people in their app as well, and what its tokens then say of the request: the nonce, its id, or neither. */
  readonly inApp?: { readonly tells?: 'nonce' | 'request'; readonly signedRequests?: true };
  /** Answers are encrypted, requests signed, clients known by a key. */
  readonly strict?: true;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const decoded = (encoded: string): string => Buffer.from(encoded, 'base64').toString('utf8');
const isLevel = (value: unknown): value is Level =>
  value === 'low' || value === 'substantial' || value === 'high';
const levelIn = (value: unknown): Level => (isLevel(value) ? value : 'substantial');

const acrOf = (params: Claims): string => text(params['acr_values']).split(' ')[0] ?? '';

const hintOf = (params: Claims, name: string): string =>
  text(params['login_hint'])
    .split(' ')
    .find((word) => word.startsWith(`${name}:`))
    ?.slice(name.length + 1) ?? '';

/** What is to be shown in an app that is asked behind the browser. */
export function textInApp(params: Claims): string {
  const { binding_message: message, login_hint_token: hint } = params;
  if (typeof message === 'string') return message;
  const { referenceTextBody: body } = JSON.parse(text(hint) || '{}') as {
    readonly referenceTextBody?: unknown;
  };
  return text(body);
}

const GRN = 'urn:grn:authn';

const IDURA: Readonly<Record<string, string>> = {
  'dk:mitid': 'mitid',
  'se:bankid': 'bankid-se',
  'no:bankid': 'bankid-no',
  'se:frejaid': 'freja',
  'nl:idin': 'idin',
  'fi:all': 'ftn',
};

/** The signature itself is handed on where the scope asks for it. */
const isAskedToSign = (params: Claims): boolean =>
  hintOf(params, 'nonVisibleData') !== '' && text(params['scope']).split(' ').includes('evidence');

/** e.g. urn:grn:authn:dk:mitid:substantial */
function readGrn(params: Claims): Wanted {
  const [country = '', scheme = '', level] = acrOf(params)
    .slice(GRN.length + 1)
    .split(':');
  const known = IDURA[`${country}:${scheme}`] ?? 'mitid';
  return {
    eid: level === 'business' ? 'mitid-business' : known,
    level: levelIn(level),
    text: decoded(hintOf(params, 'message')),
    ...(isAskedToSign(params) && { hidden: decoded(hintOf(params, 'nonVisibleData')) }),
  };
}

function grnOf({ wanted: { eid }, level }: Act): string {
  switch (eid) {
    case 'mitid-business':
      return `${GRN}:dk:mitid:business`;
    case 'bankid-se':
      return `${GRN}:se:bankid`;
    case 'bankid-no':
      return `${GRN}:no:bankid:${level === 'high' ? 'high' : 'substantial'}`;
    case 'ftn':
      return `${GRN}:fi:bank-id`;
    case 'freja':
      return `${GRN}:se:frejaid`;
    case 'idin':
      return `${GRN}:nl:idin`;
    default:
      return `${GRN}:dk:mitid:${level}`;
  }
}

const birthdate = ({ person }: Act): Claims => ({ birthdate: person.birthDate });

function iduraPerson(act: Act): Claims {
  const { person, wanted, level } = act;
  const name = nameOf(person);
  const upper = level.toUpperCase();
  switch (wanted.eid) {
    case 'bankid-se':
      return { name, ssn: person.numbers['SE'], ...birthdate(act) };
    case 'freja':
      return { name, ...birthdate(act) };
    case 'idin':
      return { name, verified_claims: { bin: person.uuid } };
    case 'bankid-no':
      return {
        name,
        uniqueuserid: `9578-6000-4-${person.uuid.slice(0, 6)}`,
        socialno: person.numbers['NO'],
        ...birthdate(act),
      };
    default:
      return {
        ...{ name, uuid: person.uuid, loA: upper, ial: upper, aal: upper, fal: 'HIGH' },
        ...{ refTextHeader: 'Sandbox', refTextBody: wanted.text, country: 'DK' },
        ...(wanted.eid === 'mitid-business'
          ? {
              cvrNumberIdentifier: person.organisation?.id,
              '2.5.4.10': person.organisation?.name,
              employee: 'true',
            }
          : { cprNumberIdentifier: person.numbers['DK'], ...birthdate(act) }),
      };
  }
}

const idura: Broker = {
  id: 'idura',
  title: 'Idura Verify',
  eids: ['mitid', 'mitid-business', 'bankid-se', 'bankid-no', 'freja', 'idin'],
  parameters: [],
  read: readGrn,
  idToken: (act) => ({
    authenticationtype: grnOf(act),
    authenticationinstant: act.at.toISOString(),
    ...iduraPerson(act),
  }),
  inApp: {},
};

const NSIS = 'https://data.gov.dk/concept/core/nsis';
const capital = (level: Level): string => level.charAt(0).toUpperCase() + level.slice(1);

/** Both parameters, or nothing is shown. */
function presentedIn({ signtext_type: type, signtext_base64: encoded }: Claims): {
  readonly presented?: Presented;
} {
  if ((type !== 'pdf' && type !== 'text') || typeof encoded !== 'string') return {};
  return { presented: { type, bytes: Buffer.from(encoded, 'base64') } };
}

const neb: Broker = {
  id: 'neb',
  title: 'Nets eID Broker',
  eids: ['mitid', 'mitid-business'],
  parameters: ['idp_values', 'idp_params', 'language', 'signtext_type', 'signtext_base64'],
  read(params) {
    const { mitid } = JSON.parse(text(params['idp_params']) || '{}') as {
      readonly mitid?: { readonly loa_value?: unknown; readonly reference_text?: unknown };
    };
    return {
      eid: params['idp_values'] === 'mitid_erhverv' ? 'mitid-business' : 'mitid',
      level: levelIn(mitid?.loa_value),
      text: decoded(text(mitid?.reference_text)),
      ...presentedIn(params),
    };
  },
  idToken: ({ wanted, level }) => ({
    idp: wanted.eid === 'mitid-business' ? 'mitid_erhverv' : 'mitid',
    identity_type: wanted.eid === 'mitid-business' ? 'professional' : 'private',
    loa: `${NSIS}/${capital(level)}`,
    amr: ['code_app'],
  }),
  userinfo: ({ person, wanted }) =>
    wanted.eid === 'mitid-business'
      ? {
          'nemlogin.persistent_professional_id': `urn:uuid:${person.uuid}`,
          'nemlogin.name': nameOf(person),
          'nemlogin.cvr': person.organisation?.id,
          'nemlogin.org_name': person.organisation?.name,
        }
      : {
          'mitid.uuid': person.uuid,
          'mitid.identity_name': nameOf(person),
          'mitid.date_of_birth': person.birthDate,
          'dk.cpr': person.numbers['DK'],
          'nemid.pid': person.pid ?? '',
          'nemid.pid_status': person.pid === undefined ? 'unable_to_lookup' : 'success',
        },
  userinfoToken: true,
  sealsTransactions: true,
  inApp: { tells: 'request', signedRequests: true },
};

const signicat: Broker = {
  id: 'signicat',
  title: 'Signicat',
  eids: ['mitid', 'bankid-no'],
  parameters: [],
  read: (params) => ({
    eid: acrOf(params) === 'idp:nbid' ? 'bankid-no' : 'mitid',
    level: 'substantial',
    text: '',
  }),
  idToken: ({ wanted, level }) =>
    wanted.eid === 'bankid-no'
      ? { nbid_acr: 'urn:bankid:bid;LOA=4' }
      : { mitid_loa: level.toUpperCase(), mitid_reference_text_body: ' ' },
  userinfo: ({ person, wanted }) => ({
    idp_id: person.uuid,
    name: nameOf(person),
    ...{ given_name: person.givenName, family_name: person.familyName, birthdate: person.birthDate },
    nin: person.numbers[wanted.eid === 'bankid-no' ? 'NO' : 'DK'],
  }),
  inApp: { tells: 'nonce' },
};

const ftn: Broker = {
  id: 'ftn',
  title: 'Finnish Trust Network',
  eids: ['ftn'],
  parameters: [],
  read: readGrn,
  idToken: (act) => ({
    authenticationtype: grnOf(act),
    // a pseudonym, as the real one has it
    name: act.person.uuid,
    ...{ given_name: act.person.givenName, family_name: act.person.familyName },
    hetu: act.person.numbers['FI'],
    ...birthdate(act),
  }),
  strict: true,
};

export const brokers: readonly Broker[] = [neb, idura, signicat, ftn];

/** All that any of them knows. */
export const SCOPES = [
  ...[
    'openid',
    'profile',
    'ssn',
    'mitid',
    'nemid.pid',
    'userinfo_token',
    'transaction_token',
    'ssn.details_address',
    'nemlogin',
  ],
  ...['idp-id', 'nin', 'mitid-extra', 'address', 'evidence', 'idin:full-id', 'freja:basic_user_info'],
];
