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
import { FOCES_POLICY, MOCES_POLICY, OCES_POLICY_PREFIX, POCES_POLICY, VOCES_POLICY } from './arc.ts';
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
