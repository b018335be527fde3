/** What every service needs, whoever its signers are: authorities and certificates for seals and time-stamps. */
import { Oid } from '@segl/pki/asn1/oids';
import { SEAL_POLICY, TSA_POLICY } from '../arc.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, ocspNoCheck } from '../pki/extensions.ts';
import {
  access,
  COMPANY,
  CVR,
  issuingAuthority,
  ORGANIZATION,
  policy,
  revocationList,
  root,
  type Holder,
} from './holder.ts';

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

/** Of the login service: other systems know it by its name. */
const login: Holder = {
  id: 'login',
  subject: [{ C: 'DK' }, { O: COMPANY }, { CN: 'Segl Sandbox Login' }],
  issuer: 'seal-ca',
  years: 3,
  extensions: (url) => [
    keyUsage('digitalSignature'),
    access(url, 'seal-ca'),
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

/** Everyone, each after its issuer. */
export const holders: readonly Holder[] = [
  root('seal-root', 'Segl Sandbox Seal Root CA'),
  root('tsa-root', 'Segl Sandbox Time-Stamp Root CA'),
  issuingAuthority('seal-ca', 'Segl Sandbox Seal CA I', { issuer: 'seal-root', oid: SEAL_POLICY }),
  seal,
  login,
  tsa,
];

/** The delegate that answers OCSP for an authority; its short-lived certificate needs no status of its own. */
export const ocspResponder = (id: string, name: string): Pick<Holder, 'subject' | 'extensions'> => ({
  subject: [
    { C: 'DK' },
    { O: COMPANY },
    {
      CN: `${name} OCSP Responder 01`,
      serialNumber: `${CVR}-UID:OCSP01-${id.toUpperCase()}`,
    },
  ],
  extensions: () => [
    keyUsage('digitalSignature', 'nonRepudiation'),
    extendedKeyUsage(Oid.ocspSigning),
    ocspNoCheck(),
    basicConstraints({ ca: false }),
  ],
});
