/**
 * Who holds certificates in the sandbox, and what stands in them. OCES certificates have the names, usages and
 * extensions of the real ones, under the sandbox's own names, policies and URLs.
 */
import { Oid } from '../../src/ades/oids.ts';
import { OCES_POLICY_PREFIX, POCES_POLICY, SEAL_POLICY, TSA_POLICY, VOCES_POLICY } from '../arc.ts';
import type { TestPerson } from '../persons.ts';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  type CertificateExtension,
} from '../pki/extensions.ts';
import type { RelativeName } from '../pki/name.ts';

export type AuthorityId = 'oces-root' | 'oces-ca' | 'seal-root' | 'seal-ca' | 'tsa-root';
export type HolderId = AuthorityId | 'seal' | 'tsa' | 'voces' | `person-${string}`;

/** What a certificate is issued for. */
export interface Holder {
  readonly id: HolderId;
  readonly subject: readonly RelativeName[];
  /** Undefined: it signs itself. */
  readonly issuer: AuthorityId | undefined;
  readonly years: number;
  readonly revoked?: boolean;
  /** `url` is the sandbox's own; roots name no URLs, so they outlive a change of it. */
  readonly extensions: (url: string) => CertificateExtension[];
}

const ORGANIZATION = 'Segl Sandbox (kun til test)';
const COMPANY = 'Segl Sandbox // CVR:99999999';
const CVR = 'CVR:99999999';

const authorityNames: Readonly<Record<AuthorityId, string>> = {
  'oces-root': 'Segl Sandbox OCES Primary CA',
  'oces-ca': 'Segl Sandbox OCES CA I',
  'seal-root': 'Segl Sandbox Seal Root CA',
  'seal-ca': 'Segl Sandbox Seal CA I',
  'tsa-root': 'Segl Sandbox Time-Stamp Root CA',
};

/** Certificate authorities with the names that people read. */
export const authorities = Object.entries(authorityNames).map(([id, name]) => ({
  id: id as AuthorityId,
  name,
}));

export const isAuthority = (id: string): id is AuthorityId => Object.hasOwn(authorityNames, id);

const authorityName = (id: AuthorityId): RelativeName[] => [
  { C: 'DK' },
  { O: ORGANIZATION },
  { CN: authorityNames[id] },
];

const access = (url: string, issuer: AuthorityId): CertificateExtension =>
  authorityInfoAccess({ ocsp: [`${url}/ocsp/${issuer}`], caIssuers: [`${url}/aia/${issuer}.cer`] });

const revocationList = (url: string, issuer: AuthorityId): CertificateExtension =>
  crlDistributionPoints({ url: `${url}/crl/${issuer}.crl` });

const policy = (url: string, oid: string): CertificateExtension =>
  certificatePolicies({
    oid,
    cps: `${url}/`,
    notice: { organization: 'Segl Sandbox', number: 1, text: 'Kun til test. Certifikatet binder ingen.' },
  });

const root = (id: AuthorityId): Holder => ({
  id,
  subject: authorityName(id),
  issuer: undefined,
  years: 25,
  extensions: () => [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')],
});

const issuingAuthority = (id: AuthorityId, issuer: AuthorityId, oid: string): Holder => ({
  id,
  subject: authorityName(id),
  issuer,
  years: 15,
  extensions: (url) => [
    basicConstraints({ ca: true, pathLength: 0 }),
    keyUsage('keyCertSign', 'cRLSign'),
    access(url, issuer),
    policy(url, oid),
    revocationList(url, issuer),
  ],
});

const seal: Holder = {
  id: 'seal',
  subject: [{ C: 'DK' }, { O: COMPANY }, { CN: 'Segl Sandbox Seal', serialNumber: `${CVR}-UID:2000000002` }],
  issuer: 'seal-ca',
  years: 3,
  extensions: (url) => [
    keyUsage('digitalSignature', 'nonRepudiation'),
    access(url, 'seal-ca'),
    policy(url, SEAL_POLICY),
    revocationList(url, 'seal-ca'),
    basicConstraints({ ca: false }),
  ],
};

const tsa: Holder = {
  id: 'tsa',
  subject: [{ C: 'DK' }, { O: ORGANIZATION }, { CN: 'Segl Sandbox Time-Stamp Unit 1' }],
  issuer: 'tsa-root',
  years: 10,
  extensions: (url) => [
    keyUsage('digitalSignature'),
    extendedKeyUsage(Oid.timeStamping),
    access(url, 'tsa-root'),
    policy(url, TSA_POLICY),
    revocationList(url, 'tsa-root'),
    basicConstraints({ ca: false }),
  ],
};

/** The service provider, as NemID knows it. */
const voces: Holder = {
  id: 'voces',
  subject: [
    { C: 'DK' },
    { O: COMPANY },
    { CN: 'Segl Sandbox - Segl', serialNumber: `${CVR}-UID:1000000001` },
  ],
  issuer: 'oces-ca',
  years: 3,
  extensions: (url) => [
    keyUsage('digitalSignature', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'),
    access(url, 'oces-ca'),
    policy(url, VOCES_POLICY),
    revocationList(url, 'oces-ca'),
    basicConstraints({ ca: false }),
  ],
};

const poces = (person: TestPerson): Holder => ({
  id: `person-${person.userId}`,
  subject: [
    { C: 'DK' },
    { O: 'Ingen organisatorisk tilknytning' },
    { CN: person.name, serialNumber: `PID:${person.pid}` },
  ],
  issuer: 'oces-ca',
  years: 3,
  revoked: person.certificate === 'revoked',
  extensions: (url) => [
    keyUsage('digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'),
    access(url, 'oces-ca'),
    policy(url, POCES_POLICY),
    revocationList(url, 'oces-ca'),
    basicConstraints({ ca: false }),
  ],
});

/** Everyone, each after its issuer. */
export const holders = (persons: readonly TestPerson[]): Holder[] => [
  root('oces-root'),
  root('seal-root'),
  root('tsa-root'),
  issuingAuthority('oces-ca', 'oces-root', OCES_POLICY_PREFIX),
  issuingAuthority('seal-ca', 'seal-root', SEAL_POLICY),
  seal,
  tsa,
  voces,
  ...persons.map(poces),
];

/** The delegate that answers OCSP for an authority; its short-lived certificate needs no status of its own. */
export const ocspResponder = (authority: AuthorityId): Pick<Holder, 'subject' | 'extensions'> => ({
  subject: [
    { C: 'DK' },
    { O: COMPANY },
    {
      CN: `${authorityNames[authority]} OCSP Responder 01`,
      serialNumber: `${CVR}-UID:OCSP01-${authority.toUpperCase()}`,
    },
  ],
  extensions: () => [
    keyUsage('digitalSignature', 'nonRepudiation'),
    extendedKeyUsage(Oid.ocspSigning),
    ocspNoCheck(),
    basicConstraints({ ca: false }),
  ],
});
