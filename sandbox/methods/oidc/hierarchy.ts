/** Certificates that brokers seal transactions with, one that is as it should be and some that are not. */
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

/** Of organisations: .3.7 and a version end it, as in the public hierarchies. */
const ORGANISATION_POLICY = `${ARC}.4.3.7.1`;
const EMPLOYEE_POLICY = `${ARC}.4.2.7.1`;

/** Who issues to organisations in the sandbox, and what stands above. */
export const ISSUER = 'oces-ca';

const TEST_ROOT = 'broker-test-root';

interface Variant {
  readonly id: string;
  readonly issuer?: string;
  readonly policy?: string;
  readonly state?: CertificateState;
}

type Signer = Holder & { readonly issuer: string };

const signer = ({
  id,
  issuer = ISSUER,
  policy: oid = ORGANISATION_POLICY,
  state = 'valid',
}: Variant): Signer => ({
  id,
  subject: [
    { C: 'DK' },
    { organizationIdentifier: 'NTRDK-99999999' },
    { O: 'Segl Sandbox Broker' },
    { serialNumber: 'UI:DK-O:G:7d2b7b4e-6a55-4f0c-9d0e-3c1a5b0f9e21' },
    { CN: 'Sandbox Broker Signing' },
  ],
  ...{ issuer, state, years: 3 },
  extensions: (url) => [
    keyUsage('digitalSignature', 'nonRepudiation', 'keyEncipherment'),
    access(url, issuer),
    policy(url, oid),
    revocationList(url, issuer),
    basicConstraints({ ca: false }),
  ],
});

/** By what is wrong with it. */
export const SIGNERS = {
  none: signer({ id: 'broker-signing' }),
  policy: signer({ id: 'broker-signing-policy', policy: EMPLOYEE_POLICY }),
  revoked: signer({ id: 'broker-signing-revoked', state: 'revoked' }),
  test: signer({ id: 'broker-signing-test', issuer: TEST_ROOT }),
} as const satisfies Readonly<Record<string, Signer>>;

export type SignerFault = keyof typeof SIGNERS;

/** What a certificate needs, each after its issuer; those who issue to organisations are there before. */
export const holdersFor = (fault: SignerFault): readonly Holder[] => [
  ...(SIGNERS[fault].issuer === TEST_ROOT ? [root(TEST_ROOT, 'Segl Sandbox Broker Test CA')] : []),
  SIGNERS[fault],
];
