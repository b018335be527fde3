/** What BankID (Sweden) signs, written as its signature profile says, with the status of the person's certificate. */
import { createHash, sign } from 'node:crypto';
import { ARC } from '../../arc.ts';
import { basicConstraints, keyUsage } from '../../pki/extensions.ts';
import {
  access,
  policy,
  revocationList,
  root,
  type CertificateState,
  type Holder,
} from '../../world/holder.ts';
import type { World } from '../../world/world.ts';
import type { NativeLie } from './lies.ts';
import { nameOf, oidcPersons, type OidcPerson } from './persons.ts';
import { statusOf } from './status.ts';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const TYPES = 'http://www.bankid.com/signature/v1.0.0/types';
const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

const ROOT = 'bankid-root';
const BANK = 'bankid-bank-ca';
const OTHER_ROOT = 'bankid-other-root';
const POLICY = `${ARC}.5.1`;

type Signer = Holder & { readonly issuer: string };

interface Variant {
  /** Part of its id. */
  readonly kind?: string;
  readonly issuer?: string;
  readonly state?: CertificateState;
}

const signer = (
  { userId, numbers, givenName, familyName }: OidcPerson,
  { kind = '', issuer = BANK, state = 'valid' }: Variant = {},
): Signer => ({
  id: `bankid-person-${userId}${kind}`,
  subject: [
    { C: 'SE' },
    { O: 'Segl Sandbox Bank' },
    { serialNumber: numbers['SE'] ?? '' },
    { CN: `${givenName} ${familyName}` },
  ],
  ...{ issuer, state, years: 3 },
  extensions: (url) => [
    keyUsage('digitalSignature', 'nonRepudiation'),
    access(url, issuer),
    policy(url, POLICY),
    revocationList(url, issuer),
    basicConstraints({ ca: false }),
  ],
});

const revoked = (person: OidcPerson): Signer => signer(person, { kind: '-revoked', state: 'revoked' });
const ofOther = (person: OidcPerson): Signer => signer(person, { kind: '-other', issuer: OTHER_ROOT });

const bank: Holder = {
  id: BANK,
  authority: 'Segl Sandbox Bank CA',
  subject: [{ C: 'SE' }, { O: 'Segl Sandbox Bank' }, { CN: 'Segl Sandbox Bank CA' }],
  issuer: ROOT,
  years: 15,
  extensions: (url) => [
    basicConstraints({ ca: true, pathLength: 0 }),
    keyUsage('keyCertSign', 'cRLSign'),
    policy(url, POLICY),
    revocationList(url, ROOT),
  ],
};

/** There from the start: services trust it. */
export const bankIdRoot: Holder = root(ROOT, 'Segl Sandbox BankID Root CA');

/** Made when they are needed: keys take a while, and most sandboxes never use them. */
const holdersFor = (person: Signer): readonly Holder[] => [
  person.issuer === BANK ? bank : root(OTHER_ROOT, 'Segl Sandbox Other Root CA'),
  person,
];

const base64 = (data: Uint8Array | string): string => Buffer.from(data).toString('base64');
const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64');

function signedData({ visible, hidden, purpose }: Signed): string {
  return (
    `<bankIdSignedData xmlns="${TYPES}" Id="bidSignedData">` +
    `<usrVisibleData charset="UTF-8" visible="wysiwys">${base64(visible)}</usrVisibleData>` +
    `<usrNonVisibleData>${base64(hidden)}</usrNonVisibleData>` +
    `<srvInfo><name>${base64('cn=Segl Sandbox')}</name><nonce>${base64('nonce')}</nonce></srvInfo>` +
    `<clientInfo><funcId>${purpose}</funcId><version>${base64('1.0.0')}</version></clientInfo>` +
    `</bankIdSignedData>`
  );
}

const reference = (uri: string, digestValue: string, type = ''): string =>
  `<Reference${type}${` URI="#${uri}"`}><Transforms><Transform Algorithm="${C14N}"></Transform></Transforms>` +
  `<DigestMethod Algorithm="${SHA256}"></DigestMethod><DigestValue>${digestValue}</DigestValue></Reference>`;

interface Signed {
  readonly visible: string;
  readonly hidden: string;
  readonly purpose: 'Signing' | 'Identification';
}

/** Every part is written in its canonical form, so that what is digested are the very bytes. */
function writeSignature(
  world: World,
  { id, issuer }: Signer,
  signed: Signed,
  lie: NativeLie | undefined,
): string {
  const data = signedData(signed);
  const chain = [world.certificate(id), ...(issuer === BANK ? [world.certificate(BANK)] : [])];
  const certificates = chain.map((der) => `<X509Certificate>${base64(der)}</X509Certificate>`).join('');
  const keyInfo = `<KeyInfo xmlns="${DS}" Id="bidKeyInfo"><X509Data>${certificates}</X509Data></KeyInfo>`;
  const info =
    `<SignedInfo xmlns="${DS}"><CanonicalizationMethod Algorithm="${C14N}"></CanonicalizationMethod>` +
    `<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod>` +
    reference('bidSignedData', digest(data), ` Type="${TYPES}"`) +
    reference('bidKeyInfo', digest(keyInfo)) +
    `</SignedInfo>`;
  const value = base64(sign('sha256', Buffer.from(info), world.key(lie === 'native-forged' ? ROOT : id)));
  // what nobody signed, where it would be found first
  const decoy = data.replace('"bidSignedData"', '"other"').replace(base64(signed.visible), base64('Log on'));
  return (
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?><Signature xmlns="${DS}">${info}` +
    `<SignatureValue>${value}</SignatureValue>${keyInfo}` +
    (lie === 'native-wrapped' ? `<Object>${decoy}</Object>` : '') +
    `<Object>${data}</Object></Signature>`
  );
}

function signerOf(person: OidcPerson, lie: NativeLie | undefined): Signer {
  if (lie === 'native-revoked') return revoked(person);
  if (lie === 'native-issuer') return ofOther(person);
  const other = oidcPersons.find(({ userId }) => userId !== person.userId) ?? person;
  return signer(lie === 'native-person' ? other : person);
}

/** Claims of the token besides. `visible`: the text that was shown; `hidden`: what was signed with it. */
export async function nativeClaims(
  world: World,
  person: OidcPerson,
  about: { readonly visible: string; readonly hidden: string },
  { lie, now }: { readonly lie?: NativeLie; readonly now: Date },
): Promise<Readonly<Record<string, unknown>>> {
  if (lie === 'native-missing') return {};
  const holder = signerOf(person, lie);
  await world.add(holdersFor(holder));
  const signed: Signed = {
    visible: lie === 'native-visible' ? `${nameOf(person)} logs on` : about.visible,
    hidden: lie === 'native-hidden' ? '{}' : about.hidden,
    purpose: lie === 'native-log-on' ? 'Identification' : 'Signing',
  };
  const evidence = base64(writeSignature(world, holder, signed, lie));
  if (lie === 'native-no-status') return { evidence };
  const status = await statusOf(world, holder, { now, isOld: lie === 'native-old-status' });
  return { evidence, ocspResponse: base64(status) };
}
