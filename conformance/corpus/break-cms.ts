/** A CMS signature with one thing changed; the rest is as it was, in DER. */
import { readSignedData, type SignedData } from '@segl/pki/cms/cms-signed-data';
import { contextTag, readDer, type DerValue } from '@segl/pki/asn1/der';
import { tlv } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';

/** Of a signature, and of another by somebody else that things are taken from. */
export interface CmsPair {
  readonly own: SignedData;
  readonly other: SignedData;
}

/** What is replaced, by what; nothing: it is taken out. */
type Replacement = readonly [find: Uint8Array, by: Uint8Array | undefined];

const CONSTRUCTED = 0x20;

/** Replaces values, wherever they are, and writes all lengths around them anew. Throws when there is no such value. */
export function replaced(der: Uint8Array, [find, by]: Replacement): Buffer {
  let count = 0;
  const write = (value: DerValue): Uint8Array => {
    const { raw, tag } = value;
    if (Buffer.compare(raw, find) === 0) {
      count++;
      return by ?? new Uint8Array();
    }
    if ((tag & CONSTRUCTED) === 0 || Buffer.from(raw).indexOf(find) < 0) return raw;
    return tlv(tag, ...value.inside(tag).rest().map(write));
  };
  const changed = Buffer.from(write(readDer(der)));
  if (count === 0) throw new Error('there is nothing to replace');
  return changed;
}

/** The same bytes with the last but four of them changed. */
export function flipped(bytes: Uint8Array): Buffer {
  const changed = Buffer.from(bytes);
  const at = changed.length - 4;
  changed[at]! ^= 1;
  return changed;
}

const attribute = ({ signer }: SignedData, oid: string): DerValue => {
  const found = signer.unsignedAttributes.get(oid)?.[0] ?? signer.signedAttributes.get(oid)?.[0];
  if (!found) throw new Error(`there is no attribute ${oid}`);
  return found;
};

/** The set of unsigned attributes of a CMS, as it stands in it. */
function unsignedSet(der: Uint8Array): Uint8Array {
  const contentInfo = readDer(der).sequence();
  contentInfo.next();
  const signers = contentInfo.next().explicit(contextTag(0)).sequence().rest().at(-1)!;
  return signers.set().rest()[0]!.sequence().rest().at(-1)!.raw;
}

const content = (der: Uint8Array): Uint8Array => readSignedData(der).content!;

const inOctets = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes);

/** By what is done; each takes the CMS and both as they were read. */
export const cmsFaults: Readonly<Record<string, (der: Uint8Array, pair: CmsPair) => Buffer>> = {
  'the signature value changed': (der, { own }) =>
    replaced(der, [inOctets(own.signer.signature), inOctets(flipped(own.signer.signature))]),
  'the signature value of another': (der, { own, other }) =>
    replaced(der, [inOctets(own.signer.signature), inOctets(other.signer.signature)]),
  'the message digest changed': (der, { own }) => {
    const digest = attribute(own, Oid.messageDigest).raw;
    return replaced(der, [digest, flipped(digest)]);
  },
  'the certificate that it names changed': (der, { own }) => {
    const named = attribute(own, Oid.signingCertificateV2).raw;
    return replaced(der, [named, flipped(named)]);
  },
  'without its certificate': (der, { own }) => replaced(der, [own.certificate.der, undefined]),
  'the certificate of another': (der, { own, other }) =>
    replaced(der, [own.certificate.der, other.certificate.der]),
};

/** For signatures with a time-stamp. */
export const stampedFaults: typeof cmsFaults = {
  'the time-stamp of another': (der, { own, other }) =>
    replaced(der, [attribute(own, Oid.signatureTimeStamp).raw, attribute(other, Oid.signatureTimeStamp).raw]),
  'the signature of the time-stamp changed': (der, { own }) => {
    const stamp = attribute(own, Oid.signatureTimeStamp).raw;
    return replaced(der, [stamp, flipped(stamp)]);
  },
  'without its unsigned attributes': (der) => replaced(der, [unsignedSet(der), undefined]),
};

/** For signatures that have their content inside. */
export const attachedFaults: typeof cmsFaults = {
  'the content changed': (der) => replaced(der, [inOctets(content(der)), inOctets(flipped(content(der)))]),
  'without its content': (der) => {
    const inside = tlv(contextTag(0), inOctets(content(der)));
    return replaced(der, [inside, undefined]);
  },
};

/** Revocation data of SignedData, as it stands in it. */
const revocationSet = (der: Uint8Array): Uint8Array => {
  const contentInfo = readDer(der).sequence();
  contentInfo.next();
  const fields = contentInfo.next().explicit(contextTag(0)).sequence().rest();
  return fields.find(({ tag }) => tag === contextTag(1))!.raw;
};

/** For signatures with revocation data. */
export const longTermFaults = {
  'without its revocation data': (der: Uint8Array): Buffer => replaced(der, [revocationSet(der), undefined]),
  'the revocation data of another': (der: Uint8Array, other: Uint8Array): Buffer =>
    replaced(der, [revocationSet(der), revocationSet(other)]),
} as const;
