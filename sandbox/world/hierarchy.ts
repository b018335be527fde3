/**
 * Who holds certificates in the sandbox, and what stands in them. OCES certificates have the names, usages and
 * extensions of the real ones, under the sandbox's own names, policies and URLs.
 */
import { Oid } from '@segl/pki/asn1/oids';
import {
  FOCES_POLICY,
  MOCES_POLICY,
  OCES_POLICY_PREFIX,
  POCES_POLICY,
  SEAL_POLICY,
  TSA_POLICY,
  VOCES_POLICY,
} from '../arc.ts';
import type { CertificateState, TestPerson } from '../persons.ts';
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
export type HolderId = AuthorityId | 'seal' | 'tsa' | 'voces' | `person-${string}` | `order-${string}`;

/** What a certificate is issued for. */
export interface Holder {
  readonly id: HolderId;
  readonly subject: readonly RelativeName[];
  /** Undefined: it signs itself. */
  readonly issuer: AuthorityId | undefined;
  readonly years: number;
  /** State in which it is issued; `valid` when left out. */
  readonly state?: CertificateState;
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
    // the authorities of OCES are told of by revocation lists only
    ...(issuer === 'oces-root' ? [] : [access(url, issuer)]),
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

const personal = (url: string, policyOid: string): CertificateExtension[] => [
  keyUsage('digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'),
  access(url, 'oces-ca'),
  policy(url, policyOid),
  revocationList(url, 'oces-ca'),
  basicConstraints({ ca: false }),
];

/** A test person's certificate: POCES, with a line about their age for youths, or MOCES for employees. */
export const personHolder = ({ userId, name, pid, kind, employment, certificate }: TestPerson): Holder => ({
  id: `person-${userId}`,
  subject: employment
    ? [
        { C: 'DK' },
        { O: `${employment.company} // CVR:${employment.cvr}` },
        { CN: name, serialNumber: `CVR:${employment.cvr}-RID:${employment.rid}` },
      ]
    : [
        { C: 'DK' },
        { O: 'Ingen organisatorisk tilknytning' },
        ...(kind === 'youth' ? [{ OU: 'Ung mellem 15 og 18' }] : []),
        { CN: name, serialNumber: `PID:${pid}` },
      ],
  issuer: 'oces-ca',
  years: 3,
  state: certificate,
  extensions: (url) => personal(url, employment ? MOCES_POLICY : POCES_POLICY),
});

/** What a company orders: a certificate for itself (VOCES) or for one of its functions (FOCES). */
export interface EnterpriseSubject {
  readonly type: 'voces' | 'foces';
  readonly cvr: string;
  readonly company: string;
  /** As ordered; the certificate says more around it. */
  readonly name: string;
  /** UID or FID, digits. */
  readonly number: string;
}

/** The attribute serialNumber of such a certificate. */
export const enterpriseSerial = ({ type, cvr, number }: EnterpriseSubject): string =>
  `CVR:${cvr}-${type === 'voces' ? 'UID' : 'FID'}:${number}`;

export const enterpriseHolder = (id: string, subject: EnterpriseSubject): Holder => ({
  id: `order-${id}`,
  subject: [
    { C: 'DK' },
    { O: `${subject.company} // CVR:${subject.cvr}` },
    {
      CN:
        subject.type === 'voces'
          ? `${subject.company} - ${subject.name}`
          : `${subject.name} (funktionscertifikat)`,
      serialNumber: enterpriseSerial(subject),
    },
  ],
  issuer: 'oces-ca',
  years: 3,
  extensions: (url) => [
    keyUsage('digitalSignature', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'),
    access(url, 'oces-ca'),
    policy(url, subject.type === 'voces' ? VOCES_POLICY : FOCES_POLICY),
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
  ...persons.map(personHolder),
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
