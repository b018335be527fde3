/** What a reference to a revocation list or an OCSP answer tells of it, read without judging it. */
import { readExtensions } from '@segl/pki/x509/certificate-fields';
import { contextTag, readDer, Tag } from '@segl/pki/asn1/der';
import { DistinguishedName } from '@segl/pki/x509/distinguished-name';

const CRL_NUMBER = '2.5.29.20';

export interface CrlDescription {
  /** RFC 4514 text. */
  readonly issuer: string;
  readonly issueTime: Date;
  readonly number?: bigint;
}

/** Fields of a CertificateList (RFC 5280 5.1). Throws ASN1_INVALID. */
export function describeCrl(der: Uint8Array): CrlDescription {
  const list = readDer(der).sequence().next().sequence();
  list.optional(Tag.integer); // version
  list.next(Tag.sequence); // signature
  const issuer = new DistinguishedName(list.next()).text;
  const issueTime = list.next().time();
  const rest = list.rest();
  const extensions = readExtensions(rest.find(({ tag }) => tag === contextTag(0))?.explicit(contextTag(0)));
  const number = extensions.find(({ oid }) => oid === CRL_NUMBER);
  return {
    issuer,
    issueTime,
    ...(number && {
      number: BigInt(`0x0${Buffer.from(readDer(number.value).unsigned()).toString('hex')}`),
    }),
  };
}

export interface OcspDescription {
  /** RFC 4514 text. */
  readonly byName?: string;
  readonly byKey?: Uint8Array;
  readonly producedAt: Date;
}

/** Responder and time of a successful OCSPResponse (RFC 6960 4.2.1). Throws ASN1_INVALID. */
export function describeOcsp(der: Uint8Array): OcspDescription {
  const response = readDer(der).sequence();
  response.next(Tag.enumerated);
  const bytes = response.next(contextTag(0)).explicit(contextTag(0)).sequence();
  bytes.next(Tag.oid);
  const data = readDer(bytes.next().octets()).sequence().next().sequence();
  data.optional(contextTag(0)); // version
  const responder = data.next();
  const producedAt = data.next(Tag.generalizedTime).time();
  const named = responder.tag === contextTag(1);
  return named
    ? { byName: new DistinguishedName(responder.explicit(contextTag(1))).text, producedAt }
    : { byKey: responder.explicit(contextTag(2)).octets(), producedAt };
}
