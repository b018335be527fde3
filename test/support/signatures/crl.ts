/** Revocation lists for tests, sound or odd in any way. */
import { sign, type KeyObject } from 'node:crypto';
import {
  bitString,
  contextValue,
  enumerated,
  generalizedTime,
  integer,
  nullValue,
  oid,
  sequence,
  time,
} from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { Certificate } from '@segl/pki/x509/certificate';
import { authorityKeyIdentifier, writeExtension } from '@segl/sandbox/pki/extensions';

export const crlExtension = (type: string, value: Uint8Array, critical = false): Uint8Array =>
  writeExtension({ oid: type, critical, value });

export const reasonExtension = (reason: number): Uint8Array =>
  crlExtension(Oid.crlReason, enumerated(reason));

export const invaliditySince = (date: Date): Uint8Array =>
  crlExtension(Oid.invalidityDate, generalizedTime(date));

/** An entry; `serial` is unsigned big-endian. */
export const crlEntry = (serial: Uint8Array | number, at: Date, ...extensions: Uint8Array[]): Uint8Array =>
  sequence(integer(serial), time(at), ...(extensions.length > 0 ? [sequence(...extensions)] : []));

export interface CrlInput {
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date | undefined;
  readonly entries?: readonly Uint8Array[];
  /** Beside number and authority key identifier. */
  readonly extensions?: readonly Uint8Array[];
  readonly version?: number;
  /** DER of the name, when it is to be another than that of the issuer. */
  readonly issuerName?: Uint8Array;
}

/** A signed list. The key of the issuer may be RSA or P-256. */
export function makeCrl(
  issuer: { readonly certificate: Certificate; readonly privateKey: KeyObject },
  { thisUpdate, nextUpdate, entries = [], extensions = [], version = 1, issuerName }: CrlInput,
): Uint8Array {
  const rsa = issuer.privateKey.asymmetricKeyType === 'rsa';
  const algorithm = rsa ? sequence(oid(Oid.sha256WithRsa), nullValue()) : sequence(oid(Oid.ecdsaWithSha256));
  const tbs = sequence(
    ...(version === 0 ? [] : [integer(version)]),
    algorithm,
    issuerName ?? issuer.certificate.subjectRaw,
    time(thisUpdate),
    ...(nextUpdate ? [time(nextUpdate)] : []),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    ...(version === 0
      ? []
      : [
          contextValue(
            0,
            sequence(
              writeExtension(authorityKeyIdentifier(issuer.certificate)),
              crlExtension(Oid.crlNumber, integer(7)),
              ...extensions,
            ),
          ),
        ]),
  );
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, issuer.privateKey)));
}
