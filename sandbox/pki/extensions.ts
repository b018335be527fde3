/** The extensions of certificates, one builder each. */
import { createHash, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  boolean,
  contextValue,
  ia5String,
  implicit,
  integer,
  namedBits,
  nullValue,
  octetString,
  oid,
  sequence,
  tlv,
  visibleString,
} from '@segl/pki/asn1/der-write';
import { primitiveContextTag, readDer } from '@segl/pki/asn1/der';
import { Oid } from '@segl/pki/asn1/oids';
import { keyUsageBit, type Certificate, type KeyUsage } from '@segl/pki/x509/certificate';
import { writeName, type RelativeName } from './name.ts';

export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of the extension's value. */
  readonly value: Uint8Array;
}

const extension = (oidText: string, value: Uint8Array, critical = false): CertificateExtension => ({
  oid: oidText,
  critical,
  value,
});

export const writeExtension = ({ oid: type, critical, value }: CertificateExtension): Uint8Array =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value));

const uri = (url: string): Uint8Array => implicit(6, ia5String(url));

/** Critical. */
export const keyUsage = (...usages: readonly KeyUsage[]): CertificateExtension =>
  extension(Oid.keyUsage, namedBits(usages.map(keyUsageBit)), true);

/** Authorities: critical, with an optional path length. Others: not critical. */
export const basicConstraints = (
  constraints: { readonly ca: true; readonly pathLength?: number } | { readonly ca: false },
): CertificateExtension =>
  constraints.ca
    ? extension(
        Oid.basicConstraints,
        sequence(
          boolean(true),
          ...(constraints.pathLength === undefined ? [] : [integer(constraints.pathLength)]),
        ),
        true,
      )
    : extension(Oid.basicConstraints, sequence());

/** Purposes by OID; critical for time-stamping (RFC 3161 2.3). */
export const extendedKeyUsage = (...purposes: readonly string[]): CertificateExtension =>
  extension(
    Oid.extendedKeyUsage,
    sequence(...purposes.map((purpose) => oid(purpose))),
    purposes.includes(Oid.timeStamping),
  );

export const authorityInfoAccess = (urls: {
  readonly ocsp?: readonly string[];
  readonly caIssuers?: readonly string[];
}): CertificateExtension => {
  const access = (method: string) => (url: string) => sequence(oid(method), uri(url));
  return extension(
    Oid.authorityInfoAccess,
    sequence(
      ...(urls.ocsp ?? []).map(access(Oid.ocspAccess)),
      ...(urls.caIssuers ?? []).map(access(Oid.caIssuersAccess)),
    ),
  );
};

export interface Policy {
  readonly oid: string;
  /** URL of the certification practice statement. */
  readonly cps?: string;
  /** `text` is at most 200 characters of Latin-1 (RFC 5280 4.2.1.4). */
  readonly notice?: { readonly organization: string; readonly number: number; readonly text: string };
}

export const certificatePolicies = (...policies: readonly Policy[]): CertificateExtension =>
  extension(Oid.certificatePolicies, sequence(...policies.map(writePolicy)));

function writePolicy({ oid: policyOid, cps, notice }: Policy): Uint8Array {
  const qualifiers = [
    ...(cps ? [sequence(oid(Oid.cpsQualifier), ia5String(cps))] : []),
    ...(notice
      ? [
          sequence(
            oid(Oid.userNoticeQualifier),
            sequence(
              sequence(visibleString(notice.organization), sequence(integer(notice.number))),
              visibleString(notice.text),
            ),
          ),
        ]
      : []),
  ];
  return sequence(oid(policyOid), ...(qualifiers.length > 0 ? [sequence(...qualifiers)] : []));
}

/** Distribution points: a URL of the full list, or the directory name of a partitioned one. */
export const crlDistributionPoints = (
  ...points: readonly ({ readonly url: string } | { readonly directoryName: readonly RelativeName[] })[]
): CertificateExtension =>
  extension(
    Oid.crlDistributionPoints,
    sequence(
      ...points.map((point) => {
        const name = 'url' in point ? uri(point.url) : contextValue(4, writeName(point.directoryName));
        return sequence(contextValue(0, contextValue(0, name)));
      }),
    ),
  );

export const subjectAltNameEmail = (email: string): CertificateExtension =>
  extension(Oid.subjectAltName, sequence(implicit(1, ia5String(email))));

/** Names of a TLS server: host names, and IP addresses as their bytes (RFC 5280 4.2.1.6). */
export const subjectAltNameHosts = (...names: readonly string[]): CertificateExtension =>
  extension(
    Oid.subjectAltName,
    sequence(
      ...names.map((name) =>
        isIP(name) === 0 ? implicit(2, ia5String(name)) : implicit(7, octetString(addressBytes(name))),
      ),
    ),
  );

/** Four bytes of an IPv4 address, sixteen of an IPv6 address without an IPv4 part. */
function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::', 2);
  const groups = (text = ''): number[] =>
    text === '' ? [] : text.split(':').map((hex) => parseInt(hex, 16));
  const [before, after] = [groups(head), groups(tail)];
  const gap = new Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...gap, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** The responder's certificate needs no status check of its own (RFC 6960 4.2.2.2.1). */
export const ocspNoCheck = (): CertificateExtension => extension(Oid.ocspNoCheck, nullValue());

/** SHA-1 of the key's bits (RFC 5280 4.2.1.2, method 1). */
export const subjectKeyIdentifier = (publicKey: KeyObject): CertificateExtension =>
  extension(Oid.subjectKeyIdentifier, octetString(keyIdentifier(publicKey)));

/** Names the key of the issuer as the issuer's own certificate does. */
export const authorityKeyIdentifier = (issuer: Certificate): CertificateExtension =>
  keyIdentifierOfIssuer(issuer.ski ?? createHash('sha1').update(issuer.publicKeyBits).digest());

/** For self-signed certificates. */
export const ownKeyAsAuthority = (publicKey: KeyObject): CertificateExtension =>
  keyIdentifierOfIssuer(keyIdentifier(publicKey));

const keyIdentifierOfIssuer = (identifier: Uint8Array): CertificateExtension =>
  extension(Oid.authorityKeyIdentifier, sequence(tlv(primitiveContextTag(0), identifier)));

function keyIdentifier(publicKey: KeyObject): Uint8Array {
  const info = readDer(publicKey.export({ format: 'der', type: 'spki' })).sequence();
  info.next();
  return createHash('sha1').update(info.next().bits()).digest();
}
