/** A small world of certificates for tests: root, issuing authority, signer, OCSP responder, time-stamp authority. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Oid } from '@segl/pki/asn1/oids';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import type { HttpPost } from '@segl/pki/revocation/http';
import { createSigningKey } from '@segl/pki/keys/keys';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  type CertificateExtension,
} from '@segl/sandbox/pki/extensions';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { answerOcsp, type CertificateStatus } from '@segl/sandbox/pki/ocsp-responder';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { newRsaKey } from '../test-place.ts';

export const TEST_TIME = new Date('2026-03-01T12:00:00Z');
export const OCSP_URL = 'http://ocsp.test.invalid/responder';
export const TSA_URL = 'http://tsa.test.invalid/';
export const POLICY = '2.25.336339283203745289174895019364711111111.1.1';

const notBefore = new Date('2024-01-01T00:00:00Z');
const notAfter = new Date('2036-01-01T00:00:00Z');

export interface Identity {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

export type KeyKind = 'RSA' | 'EC-P256';

export const newKeyPair = (kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } =>
  kind === 'RSA' ? newRsaKey() : generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Issues a certificate with a new key; without an issuer it is self-signed. */
export function issue(
  subject: readonly RelativeName[],
  extensions: readonly CertificateExtension[],
  options: { issuer?: Identity; kind?: KeyKind; notBefore?: Date; notAfter?: Date; serial?: number } = {},
): Identity {
  const { publicKey, privateKey } = newKeyPair(options.kind ?? 'EC-P256');
  const der = issueCertificate({
    subject,
    publicKey,
    issuer: options.issuer ?? { selfSignedWith: privateKey },
    notBefore: options.notBefore ?? notBefore,
    notAfter: options.notAfter ?? notAfter,
    extensions,
    ...(options.serial !== undefined && { serial: options.serial }),
  });
  return { certificate: parseCertificate(der), privateKey };
}

const name = (cn: string): RelativeName[] => [{ C: 'DK' }, { O: 'Segl test' }, { CN: cn }];
const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];

/** Makes the whole world. Keys of the signer are of `kind`, all others are P-256. */
export function createTestPki(kind: KeyKind = 'EC-P256') {
  const root = issue(name('Segl Test Root'), authority);
  const issuingCa = issue(name('Segl Test Issuing CA'), authority, { issuer: root });
  const signer = issue(
    [
      { C: 'DK' },
      { O: 'Ingen organisatorisk tilknytning' },
      { CN: 'Åse Møller', serialNumber: 'PID:9208-2002-2-123456789012' },
    ],
    [
      keyUsage('digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'),
      authorityInfoAccess({ ocsp: [OCSP_URL] }),
      certificatePolicies({
        oid: POLICY,
        cps: 'http://www.test.invalid/repository',
        notice: { organization: 'Segl test', number: 1, text: 'Kun til prøve.' },
      }),
      basicConstraints({ ca: false }),
    ],
    { issuer: issuingCa, kind },
  );
  const responder = issue(
    name('Segl Test OCSP Responder'),
    [keyUsage('digitalSignature'), extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()],
    { issuer: issuingCa },
  );
  const tsa = issue(
    name('Segl Test TSA'),
    [keyUsage('digitalSignature'), extendedKeyUsage(Oid.timeStamping)],
    { issuer: root },
  );
  const key = ({ certificate, privateKey }: Identity, ...chain: Identity[]): SigningKey =>
    createSigningKey({
      privateKey,
      certificate: certificate.der,
      chain: chain.map((one) => one.certificate.der),
    });
  const signerKey = key(signer, issuingCa, root);
  const responderKey = key(responder, issuingCa);
  const tsaKey = key(tsa, root);
  const statuses = new Map<string, CertificateStatus>([
    [signer.certificate.serialNumber, { status: 'good' }],
  ]);
  const calls: string[] = [];
  let serial = 1;

  /** Plays OCSP responder and time-stamp authority at TEST_TIME. */
  const post: HttpPost = async (url, body) => {
    calls.push(url);
    if (url === OCSP_URL) {
      const answer = await answerOcsp(body, {
        issuer: issuingCa.certificate,
        lookup: (serialNumber) => statuses.get(serialNumber),
        responder: responderKey,
        now: TEST_TIME,
      });
      return { status: 200, contentType: 'application/ocsp-response', body: answer };
    }
    if (url === TSA_URL) {
      const answer = await answerTimestamp(body, {
        key: tsaKey,
        now: TEST_TIME,
        policyOid: POLICY,
        serial: serial++,
      });
      return { status: 200, contentType: 'application/timestamp-reply', body: answer };
    }
    return { status: 404, contentType: 'text/plain', body: new Uint8Array() };
  };

  return {
    root,
    issuingCa,
    signer,
    responder,
    tsa,
    signerKey,
    responderKey,
    tsaKey,
    statuses,
    post,
    /** URLs that were asked, in order. */
    calls,
  };
}
