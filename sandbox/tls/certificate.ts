/** The certificate under which a sandbox, and the service beside it, are reached over https. */
import { createPublicKey, generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '@segl/problem/clock';
import { Oid } from '@segl/pki/asn1/oids';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltNameHosts } from '../pki/extensions.ts';
import { issueCertificate } from '../pki/issue.ts';
import type { RelativeName } from '../pki/name.ts';
import { JsonFile } from '../world/json-file.ts';

export interface TlsCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PKCS#8 PEM. */
  readonly key: string;
  /** PEM of the authority that clients must trust. */
  readonly authority: string;
}

interface Saved extends TlsCertificate {
  /** Host names and addresses that the certificate is for. */
  readonly names: readonly string[];
}

const DAY = 86_400_000;

// the longest that browsers accept of authorities that their users added is 825 days
const VALIDITY = 800 * DAY;
const RENEW_BEFORE = 60 * DAY;
const HEAD_START = 3_600_000;

const subject = (commonName: string): RelativeName[] => [
  { C: 'DK' },
  { O: 'Segl Sandbox (kun til test)' },
  { CN: commonName },
];

/**
 * Reads the certificate for `names` from `folder`, or makes a new one, with a new authority: when there is none, when
 * the names are others, or when it is about to expire.
 */
export async function openTlsCertificate(input: {
  folder: string;
  names: readonly string[];
  clock: Clock;
}): Promise<TlsCertificate> {
  const path = join(input.folder, 'tls.json');
  const names = [...new Set(input.names)].sort();
  const make = () => makeCertificate(names, input.clock.now());
  const file = await JsonFile.open<Saved>(path, make);
  const { validTo } = new X509Certificate(file.value.certificate);
  const left = new Date(validTo).getTime() - input.clock.now().getTime();
  if (file.value.names.join() === names.join() && left > RENEW_BEFORE) return file.value;
  Object.assign(file.value, await make());
  await file.save();
  return file.value;
}

/**
 * The authority's key is forgotten as soon as it has signed: who trusts the authority trusts this one certificate, and
 * nobody can ever issue another.
 */
async function makeCertificate(names: readonly string[], now: Date): Promise<Saved> {
  const [authorityKey, key] = await Promise.all([newKey('ec'), newKey('rsa')]);
  const validity = {
    notBefore: new Date(now.getTime() - HEAD_START),
    notAfter: new Date(now.getTime() + VALIDITY),
  };
  const authority = issueCertificate({
    subject: subject('Segl Sandbox TLS'),
    publicKey: createPublicKey(authorityKey),
    issuer: { selfSignedWith: authorityKey },
    ...validity,
    extensions: [basicConstraints({ ca: true, pathLength: 0 }), keyUsage('keyCertSign', 'cRLSign')],
  });
  const certificate = issueCertificate({
    subject: subject('localhost'),
    publicKey: createPublicKey(key),
    issuer: { certificate: parseCertificate(authority), privateKey: authorityKey },
    ...validity,
    extensions: [
      keyUsage('digitalSignature', 'keyEncipherment'),
      extendedKeyUsage(Oid.serverAuth),
      subjectAltNameHosts(...names),
      basicConstraints({ ca: false }),
    ],
  });
  return {
    names,
    certificate: certificatesToPem([certificate]),
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    authority: certificatesToPem([authority]),
  };
}

/** RSA for the handshake, which every client knows; the authority's is used once and made in no time. */
const newKey = async (type: 'rsa' | 'ec'): Promise<KeyObject> => {
  const { privateKey } = await (type === 'rsa'
    ? promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    : promisify(generateKeyPair)('ec', { namedCurve: 'prime256v1' }));
  return privateKey;
};
