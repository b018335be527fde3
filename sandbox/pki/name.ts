/** Names of certificates. */
import { ia5String, oid, printableString, sequence, setOf, utf8String } from '@segl/pki/asn1/der-write';

const types = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  organizationIdentifier: '2.5.4.97',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;

/** One relative name; several attributes make it multi-valued, e.g. `{ CN: '…', serialNumber: '…' }`. */
export type RelativeName = Readonly<Partial<Record<keyof typeof types, string>>>;

/** DER of a Name, most general part first. C and serialNumber are PrintableString, the others UTF8String. */
export const writeName = (name: readonly RelativeName[]): Uint8Array =>
  sequence(
    ...name.map((relative) =>
      setOf(
        ...Object.entries(relative).map(([type, value]) =>
          sequence(oid(types[type as keyof typeof types]), writeValue(type, value)),
        ),
      ),
    ),
  );

function writeValue(type: string, value: string): Uint8Array {
  if (type === 'C' || type === 'serialNumber') return printableString(value);
  return type === 'emailAddress' ? ia5String(value) : utf8String(value);
}
