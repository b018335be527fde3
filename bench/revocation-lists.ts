/**
 * How fast a large revocation list is read (signature, every entry, index), beside the SHA-256 over the same bytes that
 * its signature needs in any case, and how fast serial numbers are looked up in it.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import { basicConstraints, keyUsage } from '@segl/sandbox/pki/extensions';
import {
  bitString,
  enumerated,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  time,
  tlv,
} from '@segl/pki/asn1/der-write';
import { Tag } from '@segl/pki/asn1/der';
import { Oid } from '@segl/pki/asn1/oids';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { readRevocationList } from '@segl/pki/revocation/crl';

const ENTRIES = 500_000;
const ROUNDS = 5;
const DAY = 86_400_000;

/** Processor time of the shortest of a few rounds, in milliseconds: other work on the machine only ever adds. */
function fastest(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** Prints a table. */
export function revocationListsBenchmark(): void {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now = Date.now();
  const issuer = parseCertificate(
    issueCertificate({
      subject: [{ C: 'DK' }, { CN: 'Bench CA' }],
      publicKey,
      issuer: { selfSignedWith: privateKey },
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + DAY),
      extensions: [basicConstraints({ ca: true }), keyUsage('cRLSign')],
    }),
  );
  const reason = sequence(sequence(oid(Oid.crlReason), octetString(enumerated(0))));
  const serials = Array.from({ length: ENTRIES }, () => randomBytes(4));
  const algorithm = sequence(oid(Oid.sha256WithRsa), nullValue());
  const tbs = sequence(
    integer(1),
    algorithm,
    issuer.subjectRaw,
    time(new Date(now)),
    time(new Date(now + DAY)),
    tlv(
      Tag.sequence,
      Buffer.concat(serials.map((serial) => sequence(integer(serial), time(new Date(now)), reason))),
    ),
  );
  const der = sequence(tbs, algorithm, bitString(sign('sha256', tbs, privateKey)));
  const list = readRevocationList(der, { issuer });

  const read = fastest(() => readRevocationList(der, { issuer }));
  const hash = fastest(() => createHash('sha256').update(der).digest());
  const asked = serials.slice(0, 100_000);
  const found = fastest(() => asked.forEach((serial) => list.entries.find(serial)));
  const missing = asked.map(() => randomBytes(5));
  const absent = fastest(() => missing.forEach((serial) => list.entries.find(serial)));

  const megabytes = der.length / 1e6;
  console.log(`\nRevocation list of ${ENTRIES} entries, ${megabytes.toFixed(1)} MB (best of ${ROUNDS})\n`);
  const row = (what: string, value: string): void => console.log(`${what.padEnd(48)} ${value.padStart(26)}`);
  row('SHA-256 of its bytes (the limit)', `${hash.toFixed(0)} ms`);
  row('read: signature, every entry, index', `${read.toFixed(0)} ms`);
  row('entries per second', `${((ENTRIES * 1000) / read / 1e6).toFixed(1)} million`);
  row('look-ups per second, listed', `${((asked.length * 1000) / found / 1e6).toFixed(2)} million`);
  row('look-ups per second, not listed', `${((asked.length * 1000) / absent / 1e6).toFixed(2)} million`);
}
