/** An OCES-like hierarchy of its own for each test: root, issuing CA, OCSP responder, persons, VOCES. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { Oid } from '@segl/pki/asn1/oids';
import { ManualClock } from '@segl/problem/clock';
import { parseCertificate } from '@segl/pki/x509/certificate';
import type { HttpPost } from '@segl/pki/revocation/http';
import { createSigningKey } from '@segl/pki/keys/keys';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
} from '@segl/sandbox/pki/extensions';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { answerOcsp, type CertificateStatus } from '@segl/sandbox/pki/ocsp-responder';
import { newRsaKey } from '../../../support/test-place.ts';

export const POLICY_PREFIX = '2.25.1.2.3';
const OCSP_URL = 'http://ocsp.invalid/';

export interface Holder {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
}

export interface HolderOptions {
  readonly serialNumber?: string;
  readonly policy?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly ocspUrl?: string;
  /** Holders share one key unless they are told to have their own. */
  readonly ownKey?: boolean;
}

export interface TestPki {
  readonly clock: ManualClock;
  readonly root: Uint8Array;
  readonly issuer: Uint8Array;
  readonly voces: SigningKey;
  holder(options?: HolderOptions): Holder;
  /** Status as the responder will tell it from now on; undefined: unknown. */
  setStatus(certificate: Uint8Array, status: CertificateStatus | undefined): void;
  readonly post: HttpPost;
}

const YEAR = 365 * 86_400_000;

export function createPki(): TestPki {
  const clock = new ManualClock('2021-06-01T12:00:00Z');
  const validity = { notBefore: new Date('2020-01-01'), notAfter: new Date('2030-01-01') };
  // NemID signs with RSA; for the authorities P-256 will do, since its keys are made in no time
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const newHolderKey = newRsaKey;
  const commonKey = newHolderKey();
  const rootKey = newKey();
  const root = issueCertificate({
    subject: [{ C: 'DK' }, { O: 'Segl Test' }, { CN: 'Segl Test OCES Primary CA' }],
    publicKey: rootKey.publicKey,
    issuer: { selfSignedWith: rootKey.privateKey },
    ...validity,
    extensions: [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')],
  });
  const issuerKey = newKey();
  const issuer = issueCertificate({
    subject: [{ C: 'DK' }, { O: 'Segl Test' }, { CN: 'Segl Test OCES CA I' }],
    publicKey: issuerKey.publicKey,
    issuer: { certificate: parseCertificate(root), privateKey: rootKey.privateKey },
    ...validity,
    extensions: [basicConstraints({ ca: true, pathLength: 0 }), keyUsage('keyCertSign', 'cRLSign')],
  });
  const authority = { certificate: parseCertificate(issuer), privateKey: issuerKey.privateKey };
  const statuses = new Map<string, CertificateStatus | undefined>();

  const holder = ({
    serialNumber = 'PID:9208-2002-2-123456789012',
    policy = `${POLICY_PREFIX}.1.5`,
    ocspUrl = OCSP_URL,
    notBefore = new Date(clock.now().getTime() - YEAR),
    notAfter = new Date(clock.now().getTime() + YEAR),
    ownKey = false,
  }: HolderOptions = {}): Holder => {
    const { privateKey, publicKey } = ownKey ? newHolderKey() : commonKey;
    const personal = /PID|RID/.test(serialNumber);
    const name: RelativeName[] = [
      { C: 'DK' },
      { O: 'Ingen organisatorisk tilknytning' },
      { CN: 'Åse Prøve', serialNumber },
    ];
    const certificate = issueCertificate({
      subject: name,
      publicKey,
      issuer: authority,
      notBefore,
      notAfter,
      extensions: [
        keyUsage('digitalSignature', ...(personal ? (['nonRepudiation'] as const) : []), 'keyAgreement'),
        authorityInfoAccess({ ocsp: [ocspUrl] }),
        certificatePolicies({ oid: policy }),
        basicConstraints({ ca: false }),
      ],
    });
    statuses.set(parseCertificate(certificate).serialNumber, { status: 'good' });
    return { privateKey, certificate };
  };

  const responderKey = newKey();
  const responder = createSigningKey({
    privateKey: responderKey.privateKey,
    certificate: issueCertificate({
      subject: [{ C: 'DK' }, { O: 'Segl Test' }, { CN: 'Segl Test OCSP Responder' }],
      publicKey: responderKey.publicKey,
      issuer: authority,
      ...validity,
      extensions: [keyUsage('digitalSignature'), extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()],
    }),
    chain: [issuer, root],
  });
  const company = holder({ serialNumber: 'CVR:12345678-UID:87654321', policy: `${POLICY_PREFIX}.3.4` });
  return {
    clock,
    root,
    issuer,
    voces: createSigningKey({ ...company, chain: [issuer, root] }),
    holder,
    setStatus: (certificate, status) => statuses.set(parseCertificate(certificate).serialNumber, status),
    post: async (url, body) => {
      if (url !== OCSP_URL) throw new Error('nobody listens there');
      const answer = await answerOcsp(body, {
        issuer: authority.certificate,
        lookup: (serial) => statuses.get(serial),
        responder,
        now: clock.now(),
      });
      return { status: 200, contentType: 'application/ocsp-response', body: answer };
    },
  };
}
