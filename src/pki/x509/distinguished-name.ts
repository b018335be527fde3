/** X.501 names: attributes as they stand in a certificate, and their text per RFC 4514. */
import { type DerValue, readDer, Tag } from '../asn1/der.ts';

export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

/** Registered short names (RFC 4519 and the LDAP descriptor registry). */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'sn',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'givenName',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

export class DistinguishedName {
  /** DER of the Name; names are compared by these bytes. */
  readonly raw: Uint8Array;
  /** Relative names in the order of the certificate, most general first; each may have several attributes. */
  readonly rdns: readonly (readonly NameAttribute[])[];
  /** RFC 4514: most specific first, attributes of one relative name joined by `+`. */
  readonly text: string;

  constructor(name: DerValue) {
    const rdns = name
      .sequence()
      .rest()
      .map((rdn) => rdn.set().rest().map(readAttribute));
    this.raw = name.raw;
    this.rdns = rdns.map((rdn) => rdn.map(({ oid, value }) => ({ oid, value })));
    this.text = rdns
      .map((rdn) => rdn.map((attribute) => attribute.text).join('+'))
      .reverse()
      .join(',');
  }

  /** The first attribute of this type, e.g. `2.5.4.3` for CN. */
  attribute(oid: string): string | undefined {
    return this.attributes(oid)[0];
  }

  /** All attributes of this type, most general first. */
  attributes(oid: string): string[] {
    return this.rdns
      .flat()
      .filter((attribute) => attribute.oid === oid)
      .map(({ value }) => value);
  }
}

export const readDistinguishedName = (der: Uint8Array): DistinguishedName =>
  new DistinguishedName(readDer(der));

function readAttribute(attribute: DerValue): NameAttribute & { text: string } {
  const reader = attribute.sequence();
  const oid = reader.next(Tag.oid).oid();
  const value = reader.next();
  reader.finish();
  const text = value.text();
  const shortName = shortNames[oid];
  return {
    oid,
    value: text,
    text: shortName ? `${shortName}=${escape(text)}` : `${oid}=#${Buffer.from(value.raw).toString('hex')}`,
  };
}

/** RFC 4514 2.4. */
const escape = (text: string): string =>
  text
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replaceAll('\0', '\\00');
