/** Seals: the service's own XAdES-EPES signature over one document of ours. */
import { createHash, randomUUID } from 'node:crypto';
import { adesProblems } from '../problems.ts';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { writeSeal, writeSignedInfo, writeSignedProperties } from './seal-form.ts';
import type { Envelope, SealPolicy } from './seal-form.ts';
import { signXml, xmlAlgorithmOf } from './signature-value.ts';

/** What stands before the root element of everything that we seal. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export interface SealOptions {
  readonly key: SigningKey;
  readonly signingTime: Date;
  readonly policy: SealPolicy;
  /** Path and revocation answers of the key's certificate, as its validation just now used them. */
  readonly validation: ValidationData;
}

/**
 * Seals one element that is its own Canonical XML 1.0 form and fits `envelope`: XML declaration, line feed, then the
 * element with the seal as its last child. Throws what the key throws, and LTVSDO_INVALID when the seal could not be
 * validated later for want of revocation answers.
 */
export async function sealXml(text: string, envelope: Envelope, options: SealOptions): Promise<Uint8Array> {
  const { key, signingTime, policy, validation } = options;
  if (validation.ocsps.length + validation.crls.length === 0) {
    throw adesProblems.error('LTVSDO_INVALID', { why: adesProblems.of('xades/no-revocation-answer') });
  }
  const id = `xmldsig-${randomUUID()}`;
  const certificates = collectCertificates(key, validation);
  const unsealed = Buffer.from(text);
  const signedProperties = writeSignedProperties({ envelope, id, signingTime, policy, certificates });
  const signedInfo = writeSignedInfo({
    envelope,
    id,
    signatureAlgorithm: xmlAlgorithmOf(key),
    packageDigest: sha256(unsealed),
    propertiesDigest: sha256(signedProperties),
  });
  const seal = writeSeal({
    id,
    signedInfo,
    signedProperties,
    signatureValue: await signXml(key, signedInfo),
    certificates,
    revocation: validation,
  });
  return Buffer.concat([
    Buffer.from(XML_DECLARATION),
    unsealed.subarray(0, -envelope.rootEnd.length),
    Buffer.from(seal + envelope.rootEnd),
  ]);
}

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const sha256 = (octets: string | Uint8Array): Uint8Array => createHash('sha256').update(octets).digest();

/**
 * The leaf, its path, and what else the validation used. A delegated OCSP responder's certificate already travels
 * inside its signed answer and is not repeated.
 */
function collectCertificates(key: SigningKey, { certificates, ocsps }: ValidationData): Uint8Array[] {
  const found = [key.certificate, ...key.chain];
  const known = (der: Uint8Array): boolean => found.some((one) => Buffer.compare(one, der) === 0);
  const inside = (der: Uint8Array): boolean => ocsps.some((answer) => viewOf(answer).includes(viewOf(der)));
  for (const der of certificates) if (!known(der) && !inside(der)) found.push(der);
  return found;
}
