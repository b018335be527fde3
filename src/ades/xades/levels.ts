/**
 * Lifts a signature to a higher level (ETSI EN 319 132-1 clause 6.3): T, LT, LTA, and XL of the extended signatures
 * (EN 319 132-2). Unsigned properties are added behind those that are there; nothing that is signed or time-stamped
 * already is touched.
 */
import { createHash, randomUUID } from 'node:crypto';
import { adesProblems } from '../problems.ts';
import type { DigestBy } from '@segl/pki/algorithms/signing-key';
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import { latestTime } from '@segl/pki/tsp/timestamp';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { XADES, XADES141 } from '../xml/algorithms.ts';
import type { EncapsulatedStamp, SignatureParts } from './signature-parts.ts';
import {
  archiveTimeStamp,
  certificateValues,
  completeCertificateRefs,
  completeRevocationRefs,
  revocationValues,
  sigAndRefsTimeStamp,
  signatureTimeStamp,
  timeStampValidationData,
} from './unsigned-properties.ts';

export type XadesLevel = 'B' | 'T' | 'LT' | 'LTA' | 'XL';

/** The signature with what has been added to it so far. */
class AugmentedSignature {
  readonly parts: SignatureParts;
  readonly stamps: EncapsulatedStamp[];
  carried: ValidationData;
  readonly #added: { namespace: string; name: string; text: string }[] = [];

  constructor(parts: SignatureParts) {
    this.parts = parts;
    this.stamps = [...parts.stamps];
    this.carried = parts.carried;
  }

  has(name: string): boolean {
    return [...this.parts.unsigned, ...this.#added].some((property) => property.name === name);
  }

  add(namespace: string, name: string, text: string): void {
    this.#added.push({ namespace, name, text });
  }

  async stamp(
    namespace: string,
    name: string,
    write: (id: string, token: Uint8Array) => string,
    octets: readonly Uint8Array[],
    services: LongTermServices,
  ): Promise<void> {
    const id = `xades-stamp-${randomUUID()}`;
    // a signature time-stamp is over no other
    const below = name === 'SignatureTimeStamp' ? [] : this.stamps.map((stamp) => stamp.token);
    const digestBy: DigestBy = (hash) => {
      const digest = createHash(hash);
      for (const part of octets) digest.update(part);
      return digest.digest();
    };
    const token = await services.timestamp(digestBy, latestTime(below));
    this.add(namespace, name, write(id, token));
    this.stamps.push({ name, id, token });
  }

  addValidationData(stampId: string | undefined, data: ValidationData): void {
    if (data.certificates.length + data.ocsps.length + data.crls.length === 0) return;
    this.add(XADES141, 'TimeStampValidationData', timeStampValidationData(stampId, data));
    this.carry(data);
  }

  carry(data: ValidationData): void {
    this.carried = {
      certificates: [...this.carried.certificates, ...data.certificates],
      ocsps: [...this.carried.ocsps, ...data.ocsps],
      crls: [...this.carried.crls, ...data.crls],
    };
  }

  /** Octets of the unsigned properties, in document order; of those in `names`, if given. */
  octets(names?: readonly string[]): Uint8Array[] {
    const all = [
      ...this.parts.unsigned,
      ...this.#added.map(({ name, text }) => ({ name, octets: Buffer.from(text) })),
    ];
    return all.filter(({ name }) => !names || names.includes(name)).map(({ octets }) => octets);
  }

  write(): Uint8Array {
    return this.parts.write(this.#added.map(({ text }) => text));
  }
}

/**
 * The document at `level`. What is there already stays and is not made again: at LTA a signature that has archive
 * time-stamps gets the validation data of the last one and one more time-stamp. LT and XL exclude each other (EN 319
 * 132-1 table 2). Throws XADES_LEVEL {why}, and what the services throw.
 */
export async function raise(
  parts: SignatureParts,
  level: XadesLevel,
  services: LongTermServices,
): Promise<Uint8Array> {
  const augmented = new AugmentedSignature(parts);
  if (level === 'B') return augmented.write();
  const isExtended = augmented.has('CompleteCertificateRefsV2') || augmented.has('CompleteCertificateRefs');
  if (isExtended && level !== 'LTA') {
    throw adesProblems.error('XADES_LEVEL', { why: adesProblems.of('xades/extended') });
  }
  if (!augmented.has('SignatureTimeStamp')) {
    await augmented.stamp(XADES, 'SignatureTimeStamp', signatureTimeStamp, [parts.signatureValue], services);
  }
  if (level === 'XL') await addReferences(augmented, services);
  if (level !== 'T') await addValues(augmented, services);
  if (level === 'LTA') await addArchiveTimeStamp(augmented, services);
  return augmented.write();
}

const without = (data: ValidationData, others: ValidationData): ValidationData => {
  const known = new Set([...others.certificates, ...others.ocsps, ...others.crls].map(hex));
  const fresh = (list: readonly Uint8Array[]) => list.filter((der) => !known.has(hex(der)));
  return { certificates: fresh(data.certificates), ocsps: fresh(data.ocsps), crls: fresh(data.crls) };
};

const hex = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

/**
 * Values of the signer's path, and of the path behind every time-stamp, where they are not inside yet. What an archive
 * time-stamp is over needs none anew (its certificates may have run out since); only that last one does.
 */
async function addValues(augmented: AugmentedSignature, services: LongTermServices): Promise<void> {
  const last = augmented.stamps.at(-1);
  if (last?.name === 'ArchiveTimeStamp') {
    augmented.addValidationData(last.id, without(await services.stamp(last.token), augmented.carried));
    return;
  }
  const signer = without(
    await services.signer(augmented.parts.certificate, augmented.parts.certificates),
    augmented.carried,
  );
  const hasOwn = augmented.has('CertificateValues') || augmented.has('RevocationValues');
  if (hasOwn) augmented.addValidationData(undefined, signer);
  else {
    if (signer.certificates.length > 0) {
      augmented.add(XADES, 'CertificateValues', certificateValues(signer.certificates));
    }
    if (signer.ocsps.length + signer.crls.length > 0) {
      augmented.add(XADES, 'RevocationValues', revocationValues(signer));
    }
    augmented.carry(signer);
  }
  for (const { id, token } of augmented.stamps) {
    augmented.addValidationData(id, without(await services.stamp(token), augmented.carried));
  }
}

/** References to the validation data, and a time-stamp over them (EN 319 132-2 clause 4.3). */
async function addReferences(augmented: AugmentedSignature, services: LongTermServices): Promise<void> {
  if (augmented.has('CertificateValues')) {
    throw adesProblems.error('XADES_LEVEL', { why: adesProblems.of('xades/validation-data-already') });
  }
  const signer = await services.signer(augmented.parts.certificate, augmented.parts.certificates);
  augmented.add(XADES141, 'CompleteCertificateRefsV2', completeCertificateRefs(signer.certificates.slice(1)));
  augmented.add(XADES, 'CompleteRevocationRefs', completeRevocationRefs(signer));
  const octets = [
    augmented.parts.signatureValue,
    ...augmented.octets(['SignatureTimeStamp', 'CompleteCertificateRefsV2', 'CompleteRevocationRefs']),
  ];
  await augmented.stamp(XADES141, 'SigAndRefsTimeStampV2', sigAndRefsTimeStamp, octets, services);
}

/**
 * Archive time-stamp, not distributed (EN 319 132-1 clause 5.5.2): over what the references refer to, SignedInfo,
 * SignatureValue, KeyInfo, all unsigned properties, and every ds:Object but the one with the properties.
 */
async function addArchiveTimeStamp(augmented: AugmentedSignature, services: LongTermServices): Promise<void> {
  const { parts } = augmented;
  const octets = [
    ...parts.referenced,
    parts.signedInfo,
    parts.signatureValue,
    ...(parts.keyInfo ? [parts.keyInfo] : []),
    ...augmented.octets(),
    ...parts.objects,
  ];
  await augmented.stamp(XADES141, 'ArchiveTimeStamp', archiveTimeStamp, octets, services);
}
