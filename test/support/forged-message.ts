/** Messages that the sandbox's client would never give: of other people, about other things, with the keys of the sandbox. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSignProperties } from '@segl/identity/methods/nemid/client/parameters';
import { parseCertificate } from '@segl/pki/x509/certificate';
import {
  writeNativeSignature,
  type SignatureProperty,
} from '@segl/sandbox/methods/nemid/client/native-signature';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  keyUsage,
} from '@segl/sandbox/pki/extensions';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import { newRsaKey } from './test-place.ts';

export interface Holder {
  readonly key: KeyObject;
  readonly certificate: Uint8Array;
}

export type Change = (properties: SignatureProperty[]) => SignatureProperty[];

const YEAR = 365 * 86_400_000;

/** `folder`: the sandbox's; `url`: its address; `friendlyName`: as signers see it; `now`: when certificates are issued. */
export function openForger(
  folder: string,
  { url, friendlyName, now }: { url: string; friendlyName: string; now: Date },
) {
  const { keys, certificates } = JSON.parse(readFileSync(join(folder, 'pki.json'), 'utf8')) as {
    keys: Record<string, string>;
    certificates: Record<string, string>;
  };
  const der = (id: string): Uint8Array => Buffer.from(certificates[id] ?? '', 'base64');
  const known = (id: string): Holder => ({ key: createPrivateKey(keys[id] ?? ''), certificate: der(id) });

  return {
    /** The key and certificate of a test person, e.g. `anna`. */
    person: (user: string): Holder => known(`person-${user}`),

    /** A new certificate of the sandbox's own authority, or of `issuer`. */
    issue({
      serialNumber,
      policy,
      issuer = known('oces-ca'),
      until = new Date(now.getTime() + YEAR),
    }: {
      serialNumber: string;
      policy: string;
      issuer?: Holder;
      until?: Date;
    }): Holder {
      const { publicKey, privateKey } = newRsaKey();
      const certificate = issueCertificate({
        subject: [{ C: 'DK' }, { O: 'Segl Test' }, { CN: 'Åse Prøve', serialNumber }],
        publicKey,
        issuer: { certificate: parseCertificate(issuer.certificate), privateKey: issuer.key },
        notBefore: new Date(now.getTime() - YEAR),
        notAfter: until,
        extensions: [
          keyUsage('digitalSignature', 'nonRepudiation'),
          authorityInfoAccess({ ocsp: [`${url}/ocsp/oces-ca`] }),
          certificatePolicies({ oid: policy }),
          basicConstraints({ ca: false }),
        ],
      });
      return { key: privateKey, certificate };
    },

    /** What the client would post for these parameters, but for `change`. */
    sign(
      parameters: Readonly<Record<string, string>>,
      { key, certificate }: Holder,
      change: Change = (same) => same,
    ): string {
      const hidden = (name: string, value: string | Uint8Array): SignatureProperty => ({
        name,
        value,
        encoding: typeof value === 'string' ? 'xml' : 'base64',
        visible: false,
      });
      const shown = (name: string, value: string | Uint8Array): SignatureProperty => ({
        name,
        value,
        encoding: 'base64',
        visible: true,
      });
      const properties = change([
        shown('signtext', Buffer.from(parameters['SIGNTEXT'] ?? '', 'base64')),
        shown('RequestIssuer', friendlyName),
        hidden('action', 'sign'),
        hidden('TimeStamp', parameters['TIMESTAMP'] ?? ''),
        ...readSignProperties(parameters['SIGN_PROPERTIES'] ?? '').map(([name, value]) =>
          hidden(name, name === 'attachedpdf' ? Buffer.from(value, 'base64') : value),
        ),
      ]);
      const message = writeNativeSignature({
        properties,
        key,
        certificates: [certificate, der('oces-ca'), der('oces-root')],
      });
      return Buffer.from(message).toString('base64');
    },
  };
}

/** The message with the signer's own certificate only: KeyInfo is not signed. */
export function withoutAuthorities(message: Uint8Array, leaf: Uint8Array): Uint8Array {
  const own = Buffer.from(leaf).toString('base64');
  const text = Buffer.from(message).toString('utf8');
  return Buffer.from(
    text.replace(/<ds:X509Data>[^]*?<\/ds:X509Data>\n?/g, (data) =>
      data.replace(/\s/g, '').includes(own) ? data : '',
    ),
  );
}

export const withValue =
  (name: string, value: string | Uint8Array): Change =>
  (properties) =>
    properties.map((property) => (property.name === name ? { ...property, value } : property));

export const without =
  (name: string): Change =>
  (properties) =>
    properties.filter((property) => property.name !== name);

export const hiding =
  (name: string): Change =>
  (properties) =>
    properties.map((property) => (property.name === name ? { ...property, visible: false } : property));
