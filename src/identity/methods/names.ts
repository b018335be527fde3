/**
 * The names that clients of the contract know, and the eID behind each. A name is on offer where a provider of METHODS_FILE
 * serves its eID; until then it is known, and orders are told what is missing.
 */
import { DRAWING } from '../chain.ts';
import type { Assurance, Attribute, CatalogueEntry, Use } from '../method.ts';

export interface ShippedName extends Pick<CatalogueEntry, 'name' | 'title' | 'titles'> {
  readonly eid: string;
  readonly uses: readonly Use[];
  /** The least that satisfies an order. */
  readonly assurance: Assurance;
  readonly attributes: readonly Attribute[];
  /** ISO 3166-1, in small letters; absent: of no country. */
  readonly country?: string;
  /** Made here, by this module, and by nobody that METHODS_FILE names. */
  readonly module?: string;
  /** What clients mean by it is not to be had any more, or not as they knew it: another eID or another way answers. */
  readonly alias?: true;
  /** It needs nobody who answers: orders ask for it in another way. */
  readonly instead?: 'handwriting' | 'list';
}

interface Eid {
  readonly title: string;
  readonly titles?: CatalogueEntry['titles'];
  readonly country?: string;
  readonly assurance: Assurance;
  readonly attributes?: readonly Attribute[];
  readonly module?: string;
  readonly instead?: 'handwriting' | 'list';
}

type Differences = Partial<Pick<ShippedName, 'assurance' | 'attributes' | 'alias' | 'title' | 'uses'>>;

const BOTH = ['authenticate', 'sign'] as const;

/** Names of one eID; `differences` by name. */
const namesOf = (
  eid: string,
  { titles = {}, attributes = [], ...common }: Eid,
  names: readonly (string | readonly [name: string, differences: Differences])[],
): ShippedName[] =>
  names.map((one) => {
    const [name, differences] = typeof one === 'string' ? [one, {}] : one;
    return { name, eid, uses: BOTH, titles, attributes, ...common, ...differences };
  });

const ALIAS = { alias: true } as const;
const NATIONAL_ID = { attributes: ['national-id'] } as const;

export const shippedNames: readonly ShippedName[] = [
  ...namesOf('mitid', { title: 'MitID', country: 'dk', assurance: 'substantial' }, [
    'mitid',
    ['mitid-cpr', NATIONAL_ID],
    ['mitid-low', { assurance: 'low' }],
    'mitid-sign',
  ]),
  ...namesOf(
    'mitid-business',
    { title: 'MitID Erhverv', country: 'dk', assurance: 'substantial', attributes: ['organisation'] },
    ['mitid-business'],
  ),
  ...namesOf(
    'bankid-no',
    { title: 'BankID (Norge)', titles: { en: 'BankID (Norway)' }, country: 'no', assurance: 'high' },
    [
      'nbid',
      'nbid2',
      ['nbid-mobil', ALIAS],
      'nbid-inapp',
      'bankid-ec',
      ['nbid-sign', ALIAS],
      ['nbid-mobil-sign', ALIAS],
      ['nbid-ltv-sign', ALIAS],
      ['nbid-inapp-sign', ALIAS],
      ['nbid-csc', ALIAS],
    ],
  ),
  ...namesOf(
    'bankid-se',
    {
      title: 'BankID (Sverige)',
      titles: { en: 'BankID (Sweden)' },
      country: 'se',
      assurance: 'substantial',
      ...NATIONAL_ID,
    },
    ['sbid', 'sbid-mobil', 'sbid-inapp', 'sbid-remote', 'sbid-oidc', 'sbid-sign'],
  ),
  ...namesOf(
    'telia',
    { title: 'Telia e-legitimation', country: 'se', assurance: 'substantial', ...NATIONAL_ID },
    ['telia', 'telia-sign'],
  ),
  ...namesOf('freja', { title: 'Freja eID', country: 'se', assurance: 'substantial' }, ['freja']),
  ...namesOf(
    'ftn',
    { title: 'Finnish Trust Network', country: 'fi', assurance: 'substantial', ...NATIONAL_ID },
    [
      'ftn',
      'ftn-sign',
      'ftn-auth',
      'ftn-op-auth',
      'ftn-aktia-auth',
      ['tupas', ALIAS],
      ['tupas-mobil', ALIAS],
    ],
  ),
  ...namesOf(
    'mobiilivarmenne',
    { title: 'Mobiilivarmenne', country: 'fi', assurance: 'substantial', ...NATIONAL_ID },
    ['mobiilivarmenne'],
  ),
  ...namesOf('fineid', { title: 'FINEID', country: 'fi', assurance: 'high', ...NATIONAL_ID }, ['fineid']),
  ...namesOf(
    'esteid',
    {
      title: 'ID-kaart',
      titles: { en: 'Estonian ID card', da: 'Estisk id-kort' },
      country: 'ee',
      assurance: 'high',
      ...NATIONAL_ID,
    },
    ['esteid', 'esteid-mobile'],
  ),
  ...namesOf('idin', { title: 'iDIN', country: 'nl', assurance: 'substantial' }, [
    'idin',
    ['idin-ident', { attributes: ['birth-date', 'address'] }],
    'idin-login',
  ]),
  ...namesOf(
    'eherkenning',
    { title: 'eHerkenning', country: 'nl', assurance: 'substantial', attributes: ['organisation'] },
    ['eherkenning'],
  ),
  ...namesOf('buypass', { title: 'Buypass', country: 'no', assurance: 'high', ...NATIONAL_ID }, [
    'buypass',
    'buypass-sign',
  ]),
  ...namesOf('commfides', { title: 'Commfides', country: 'no', assurance: 'high', ...NATIONAL_ID }, [
    'commfides',
  ]),
  ...namesOf('vipps', { title: 'Vipps', country: 'no', assurance: 'low' }, ['vipps']),
  ...namesOf('dnie', { title: 'DNIe', country: 'es', assurance: 'high', ...NATIONAL_ID }, ['dnie']),
  ...namesOf('itsme', { title: 'itsme', country: 'be', assurance: 'high' }, ['itsme']),
  ...namesOf('audkenni', { title: 'Auðkenni', country: 'is', assurance: 'high', ...NATIONAL_ID }, [
    'audkenni-mobileid',
  ]),
  ...namesOf('personalausweis', { title: 'Personalausweis', country: 'de', assurance: 'high' }, [
    'personalausweis',
  ]),
  ...namesOf('eidas', { title: 'eIDAS', assurance: 'substantial' }, ['eidas-substantial']),
  ...namesOf('wallet', { title: 'EUDI Wallet', assurance: 'high' }, ['wallet-verifier']),
  ...namesOf('social', { title: 'Social login', titles: { da: 'Socialt login' }, assurance: 'low' }, [
    'social',
  ]),
  ...namesOf('facebook', { title: 'Facebook', assurance: 'low' }, ['facebook']),
  ...namesOf(
    'sms-code',
    { title: 'Code by SMS', titles: { da: 'Kode på sms' }, assurance: 'low', module: 'otp' },
    ['sms-otp', 'otp-sms', 'scid-otp', 'scid-sms'],
  ),
  ...namesOf(
    'email-code',
    { title: 'Code by e-mail', titles: { da: 'Kode på e-mail' }, assurance: 'low', module: 'otp' },
    ['email-otp', 'otp-email'],
  ),
  ...namesOf(
    'scid',
    { title: 'User name and code', titles: { da: 'Brugernavn og kode' }, assurance: 'low', module: 'otp' },
    ['scid', 'scid-proof'],
  ),
  ...namesOf(
    'passkey',
    { title: 'Passkey', titles: { da: 'Adgangsnøgle' }, assurance: 'low', module: 'passkey' },
    ['passkey', ['yubikey', ALIAS], ['mobileid', ALIAS], ['mobileid-inapp', ALIAS]],
  ),
  ...namesOf(
    'handwriting',
    {
      ...DRAWING,
      ...{ assurance: 'low', instead: 'handwriting' },
    },
    ['ink', 'scanned-signature', 'easysign'],
  ),
  ...namesOf(
    'portal',
    {
      title: 'A page to choose from',
      titles: { da: 'En side at vælge på' },
      assurance: 'low',
      instead: 'list',
    },
    ['auth-portal'],
  ),
];
