/**
 * The OCES hierarchy of the sandbox, and what stands in its certificates: names, usages and extensions of the real ones, under
 * the sandbox's own names, policies and URLs.
 */
import { basicConstraints, keyUsage, type CertificateExtension } from '../../pki/extensions.ts';
import {
  access,
  COMPANY,
  CVR,
  issuingAuthority,
  policy,
  revocationList,
  root,
  type Holder,
} from '../../world/holder.ts';
import {
  FOCES_POLICY,
  MOCES_POLICY,
  OCES_POLICY_PREFIX,
  POCES_POLICY,
  SYSTEM_POLICY,
  VOCES_POLICY,
} from './arc.ts';
import type { RelativeName } from '../../pki/name.ts';
import type { TestPerson } from './persons.ts';

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

/** What a company orders: a certificate for itself (VOCES), for one of its functions (FOCES), or for a system (OCES3). */
export interface EnterpriseSubject {
  readonly type: EnterpriseType;
  readonly cvr: string;
  readonly company: string;
  /** As ordered; the certificate says more around it. */
  readonly name: string;
  /** UID or FID, digits; of a system its UUID. */
  readonly number: string;
}

export const ENTERPRISE_TYPES = ['voces', 'foces', 'system'] as const;
export type EnterpriseType = (typeof ENTERPRISE_TYPES)[number];

/** The attribute serialNumber of such a certificate. */
export function enterpriseSerial({ type, cvr, number }: EnterpriseSubject): string {
  if (type === 'system') return `UI:DK-O:G:${number}`;
  return `CVR:${cvr}-${type === 'voces' ? 'UID' : 'FID'}:${number}`;
}

/** OCES2 joined name and number, and the company with its number; OCES3 has an attribute for each. */
function enterpriseName(subject: EnterpriseSubject): RelativeName[] {
  const { type, cvr, company, name } = subject;
  const serialNumber = enterpriseSerial(subject);
  if (type === 'system')
    return [
      { C: 'DK' },
      { organizationIdentifier: `NTRDK-${cvr}` },
      { O: company },
      { serialNumber },
      { CN: name },
    ];
  const CN = type === 'voces' ? `${company} - ${name}` : `${name} (funktionscertifikat)`;
  return [{ C: 'DK' }, { O: `${company} // CVR:${cvr}` }, { CN, serialNumber }];
}

const ENTERPRISE_POLICIES = { voces: VOCES_POLICY, foces: FOCES_POLICY, system: SYSTEM_POLICY } as const;

export const enterpriseHolder = (id: string, subject: EnterpriseSubject): Holder => ({
  id: `order-${id}`,
  subject: enterpriseName(subject),
  issuer: 'oces-ca',
  years: 3,
  extensions: (url) => [
    subject.type === 'system'
      ? keyUsage('digitalSignature', 'keyEncipherment')
      : keyUsage('digitalSignature', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'),
    access(url, 'oces-ca'),
    policy(url, ENTERPRISE_POLICIES[subject.type]),
    revocationList(url, 'oces-ca'),
    basicConstraints({ ca: false }),
  ],
});

/** Everyone, each after its issuer. */
export const holders = (persons: readonly TestPerson[]): Holder[] => [
  root('oces-root', 'Segl Sandbox OCES Primary CA'),
  issuingAuthority('oces-ca', 'Segl Sandbox OCES CA I', {
    issuer: 'oces-root',
    oid: OCES_POLICY_PREFIX,
    // as with the authorities of OCES
    listOnly: true,
  }),
  voces,
  ...persons.map(personHolder),
];
