import { sign, type KeyObject } from 'node:crypto';
import {
  bitString,
  contextValue,
  enumerated,
  integer,
  nullValue,
  oid,
  sequence,
  time,
} from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { Certificate } from '@segl/pki/x509/certificate';
import { authorityKeyIdentifier, writeExtension } from '../pki/extensions.ts';

const CRL_NUMBER = '2.5.29.20';
const REASON_CODE = '2.5.29.21';
const VALIDITY = 12 * 3_600_000;

/** A complete revocation list, version 2 (RFC 5280 5), signed with RSA or ECDSA and SHA-256. Serials are upper-case hex. */
export function writeCrl(
  issuer: { certificate: Certificate; key: KeyObject },
  revoked: readonly { serial: string; revokedAt: Date; reason?: number }[],
  now: Date,
): Uint8Array {
  const isEc = issuer.key.asymmetricKeyType === 'ec';
  const algorithm = isEc ? sequence(oid(Oid.ecdsaWithSha256)) : sequence(oid(Oid.sha256WithRsa), nullValue());
  const entries = revoked.map(({ serial, revokedAt, reason }) =>
    sequence(
      integer(Buffer.from(serial, 'hex')),
      time(revokedAt),
      ...(reason === undefined
        ? []
        : [sequence(writeExtension({ oid: REASON_CODE, critical: false, value: enumerated(reason) }))]),
    ),
  );
  const tbs = sequence(
    integer(1),
    algorithm,
    issuer.certificate.subjectRaw,
    time(now),
    time(new Date(now.getTime() + VALIDITY)),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    contextValue(
      0,
      sequence(
        writeExtension(authorityKeyIdentifier(issuer.certificate)),
        // seconds since 1970 only ever grow
        writeExtension({
          oid: CRL_NUMBER,
          critical: false,
          value: integer(Math.floor(now.getTime() / 1000)),
        }),
      ),
    ),
  );
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, issuer.key)));
}
