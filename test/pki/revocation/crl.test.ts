import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  boolean,
  contextValue,
  ia5String,
  implicit,
  integer,
  namedBits,
  octetString,
  oid,
  sequence,
} from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { listedStatus, MAX_CRL_BYTES, readRevocationList } from '@segl/pki/revocation/crl';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { basicConstraints, crlDistributionPoints, keyUsage } from '@segl/sandbox/pki/extensions';
import {
  crlEntry,
  crlExtension,
  invaliditySince,
  makeCrl,
  reasonExtension,
  type CrlInput,
} from '../../support/signatures/crl.ts';
import { issue, TEST_TIME, type Identity } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { vector } from '../../support/signatures/vectors.ts';

const HOUR = 3_600_000;
const hours = (count: number): Date => new Date(TEST_TIME.getTime() + count * HOUR);
const URL = 'http://crl.test.invalid/ca.crl';
const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
const root = issue([{ C: 'DK' }, { CN: 'Root' }], authority);
const ca = issue([{ C: 'DK' }, { CN: 'CA' }], [...authority, crlDistributionPoints({ url: URL })], {
  issuer: root,
});
const holder = (serial?: number): Identity =>
  issue([{ CN: 'Holder' }], [crlDistributionPoints({ url: URL })], {
    issuer: ca,
    ...(serial !== undefined && { serial }),
  });
const leaf = holder();

const refused = (why: RegExp) => ({ code: 'CRL_INVALID', message: why });
const list = (input: Partial<CrlInput> = {}, issuer: Identity = ca): Uint8Array =>
  makeCrl(issuer, { thisUpdate: hours(-1), nextUpdate: hours(11), ...input });
const read = (der: Uint8Array, issuer: Identity = ca) =>
  readRevocationList(der, { issuer: issuer.certificate });
const statusOf = (
  input: Partial<CrlInput>,
  {
    certificate = leaf.certificate,
    at = TEST_TIME,
    later = false,
  }: { certificate?: Certificate; at?: Date; later?: boolean } = {},
) => listedStatus(read(list(input)), { certificate, at, later });

t.test('real lists tell of the certificates that are on them, as openssl does', async (t) => {
  const folder = vector(t, 'nemid');
  if (!folder) return;
  const at = new Date('2021-05-13T12:30:00Z');
  const load = (...path: string[]) => readFileSync(join(folder, ...path));
  const parsed = (...path: string[]) => parseCertificate(load('certs', ...path));
  const cases = [
    ['systemtest221.crl', 'TRUST2408-Systemtest-XXII-CA.58187e74.der', 4029],
    ['systemtest34.crl', 'TRUST2408-Systemtest-XXXIV-CA.5baa3fb7.der', 2933],
    ['systemtest8.crl', 'TRUST2408-Systemtest-VIII-CA.4bea6ee3.der', 2],
  ] as const;
  for (const [file, issuer, count] of cases) {
    const der = load('crl', file);
    const loaded = readRevocationList(der, { issuer: parsed('ca', issuer) });
    t.equal(loaded.entries.count, count, file);
    const openssl = tool(t, 'openssl');
    if (!openssl) continue;
    const { output } = run(openssl, [
      'crl',
      '-inform',
      'DER',
      '-noout',
      '-text',
      '-in',
      join(folder, 'crl', file),
    ]);
    const listed = [...output.matchAll(/Serial Number: (\w+)\s+Revocation Date: (.+)/g)];
    t.equal(listed.length, count);
    const wrong = listed.filter(([, serial, date]) => {
      const entry = loaded.entries.find(Buffer.from(serial!, 'hex'));
      return entry?.revokedAt.getTime() !== Date.parse(date!) || entry.reason !== 'unspecified';
    });
    t.same(wrong, [], 'every entry is found, with its time');
  }
  const issuer = parsed('ca', cases[0][1]);
  const der = load('crl', cases[0][0]);
  const loaded = readRevocationList(der, { issuer });
  const told = (name: string) =>
    listedStatus(loaded, { certificate: parsed('leaf', `laravel-nemid_nemid-${name}.der`), at });
  t.match(told('MOCES-employee-blocked'), { status: 'revoked', reason: 'unspecified' });
  t.match(told('VOCES-business-blocked'), { status: 'revoked' });
  t.equal(told('MOCES-employee-valid').status, 'good');
  t.equal(told('VOCES-business-valid').status, 'good');
  t.throws(() => readRevocationList(der, { issuer: parsed('ca', cases[1][1]) }), refused(/another issuer/));
  for (const offset of [60, 5000, der.length - 40]) {
    const changed = Uint8Array.from(der);
    changed[offset]! ^= 1;
    t.throws(() => readRevocationList(changed, { issuer }), { code: 'CRL_INVALID' }, `byte ${offset}`);
  }
});

t.test('who is on the list is revoked, with time and reason', async (t) => {
  const { serial } = leaf.certificate;
  t.same(statusOf({}), { status: 'good', thisUpdate: hours(-1), nextUpdate: hours(11) });
  t.match(statusOf({ entries: [crlEntry(serial, hours(-5))] }), { status: 'revoked', revokedAt: hours(-5) });
  t.notOk('reason' in statusOf({ entries: [crlEntry(serial, hours(-5))] }));
  for (const [number, reason] of [
    [1, 'keyCompromise'],
    [6, 'certificateHold'],
    [10, 'aACompromise'],
  ] as const) {
    t.match(statusOf({ entries: [crlEntry(serial, hours(-5), reasonExtension(number))] }), {
      status: 'revoked',
      reason,
    });
  }
  const since = crlEntry(serial, hours(-5), reasonExtension(1), invaliditySince(hours(-50)));
  t.match(statusOf({ entries: [since] }), { revokedAt: hours(-50) }, 'the key was lost earlier');
  const twice = [crlEntry(serial, hours(-2)), crlEntry(1, hours(-3)), crlEntry(serial, hours(-4))];
  t.match(statusOf({ entries: twice }), { revokedAt: hours(-4) }, 'listed twice: since the first time');
  t.equal(
    statusOf({ entries: [crlEntry(serial.subarray(1), hours(-5))] }).status,
    'good',
    'part of a number',
  );
});

t.test('every number is found among many, also those with a high first bit', async (t) => {
  const serials = Array.from({ length: 3000 }, (_, index) =>
    Buffer.from((index * 7919 + 1).toString(16).padStart(6, '0'), 'hex'),
  );
  const loaded = read(
    list({ entries: serials.map((serial, index) => crlEntry(serial, new Date(index * 1000))) }),
  );
  t.equal(loaded.entries.count, 3000);
  const strip = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  const wrong = serials.filter(
    (serial, index) => loaded.entries.find(strip(serial))?.revokedAt.getTime() !== index * 1000,
  );
  t.same(wrong, []);
  t.equal(loaded.entries.find(Uint8Array.of(0x12, 0x34, 0x56, 0x78)), undefined);
  t.equal(read(list()).entries.find(Uint8Array.of(1)), undefined, 'an empty list');
});

t.test('lists are fresh or refused', async (t) => {
  t.throws(() => statusOf({}, { at: hours(11.2) }), refused(/out of date/));
  t.throws(() => statusOf({}, { at: hours(-1.2) }), refused(/made after that time/));
  t.equal(statusOf({}, { at: hours(11) }).status, 'good');
  t.throws(() => statusOf({ nextUpdate: undefined }), refused(/when the next one comes/));
  t.throws(() => statusOf({ nextUpdate: hours(-2) }), refused(/contradict/));
});

t.test('later lists tell of an earlier time, as long as the certificate had not expired', async (t) => {
  const entries = [crlEntry(leaf.certificate.serial, hours(-5))];
  const later = true;
  t.match(statusOf({ entries }, { at: hours(-4), later }), { status: 'revoked' });
  t.equal(statusOf({ entries }, { at: hours(-6), later }).status, 'good', 'revoked afterwards');
  const compromised = [crlEntry(leaf.certificate.serial, hours(-5), invaliditySince(hours(-9)))];
  t.equal(statusOf({ entries: compromised }, { at: hours(-6), later }).status, 'revoked');
  t.equal(statusOf({ entries: compromised }, { at: hours(-10), later }).status, 'good');
  const expired = issue([{ CN: 'Expired' }], [crlDistributionPoints({ url: URL })], {
    issuer: ca,
    notAfter: hours(-3),
  }).certificate;
  t.throws(
    () => statusOf({}, { certificate: expired, at: hours(-6), later }),
    refused(/may have dropped it/),
  );
  const kept = (date: Date) => [crlExtension(Oid.expiredCertsOnCrl, octetTime(date))];
  t.equal(
    statusOf({ extensions: kept(hours(-100)) }, { certificate: expired, at: hours(-6), later }).status,
    'good',
  );
  t.throws(
    () => statusOf({ extensions: kept(hours(-2)) }, { certificate: expired, at: hours(-6), later }),
    refused(/dropped/),
  );
});

const octetTime = (date: Date): Uint8Array =>
  Buffer.concat([
    Buffer.from([0x18, 15]),
    Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`, 'latin1'),
  ]);

t.test('only the issuer may tell, by a complete and direct list', async (t) => {
  const impostor = issue([{ C: 'DK' }, { CN: 'CA' }], authority);
  t.throws(() => read(list({}, impostor)), refused(/does not fit|another key/));
  t.throws(() => read(list({}, root)), refused(/another issuer/));
  const mute = issue([{ C: 'DK' }, { CN: 'CA' }], [basicConstraints({ ca: true }), keyUsage('keyCertSign')]);
  t.throws(() => read(list({}, mute), mute), refused(/may not sign revocation lists/));
  const extended =
    (type: string, value: Uint8Array, critical = true) =>
    () =>
      read(list({ extensions: [crlExtension(type, value, critical)] }));
  t.throws(extended(Oid.deltaCrlIndicator, integer(1)), refused(/delta list/));
  t.throws(extended(Oid.deltaCrlIndicator, integer(1), false), refused(/delta list/));
  t.throws(extended('2.25.4711', octetString()), refused(/critical extension 2\.25\.4711/));
  t.doesNotThrow(extended('2.25.4711', octetString(), false));
  t.doesNotThrow(extended(Oid.freshestCrl, sequence(), false));
  const point = (...fields: Uint8Array[]) => extended(Oid.issuingDistributionPoint, sequence(...fields));
  const flag = (number: number) => implicit(number, boolean(true));
  t.throws(point(flag(4)), refused(/indirect/));
  t.throws(point(flag(5)), refused(/attribute/));
  t.throws(point(implicit(3, namedBits([1]))), refused(/some reasons/));
  t.throws(point(flag(1), flag(2)), refused(/about nothing/));
  const withEntry =
    (...extensions: Uint8Array[]) =>
    () =>
      read(list({ entries: [crlEntry(5, hours(-5), ...extensions)] }));
  t.throws(
    withEntry(crlExtension('2.5.29.29', sequence(), true)),
    refused(/critical extension 2\.5\.29\.29/),
  );
  t.throws(withEntry(crlExtension('2.25.1', octetString(), true)), refused(/critical extension 2\.25\.1/));
  t.throws(withEntry(reasonExtension(8)), refused(/delta/), 'removeFromCRL');
  t.throws(withEntry(reasonExtension(8), invaliditySince(hours(-9))), refused(/delta/));
  t.doesNotThrow(withEntry(crlExtension('2.25.1', octetString())));
});

t.test('a list counts only for what it is about', async (t) => {
  const name = (url: string) => contextValue(0, contextValue(0, implicit(6, ia5String(url))));
  const about =
    (certificate: Certificate, ...fields: Uint8Array[]) =>
    () =>
      statusOf(
        { extensions: [crlExtension(Oid.issuingDistributionPoint, sequence(...fields), true)] },
        { certificate },
      ).status;
  const flag = (number: number) => implicit(number, boolean(true));
  const subCa = issue([{ CN: 'Sub' }], [...authority, crlDistributionPoints({ url: URL })], { issuer: ca });
  t.equal(about(leaf.certificate, flag(1))(), 'good');
  t.throws(about(leaf.certificate, flag(2)), refused(/authorities only/));
  t.equal(about(subCa.certificate, flag(2))(), 'good');
  t.throws(about(subCa.certificate, flag(1)), refused(/end-entities only/));
  t.equal(about(leaf.certificate, name(URL))(), 'good');
  t.throws(
    about(leaf.certificate, name('http://crl.test.invalid/other.crl')),
    refused(/another distribution point/),
  );
  t.throws(about(leaf.certificate, contextValue(0, contextValue(1, sequence()))), refused(/no full name/));
});

t.test('hostile bytes', async (t) => {
  const entry = (...parts: Uint8Array[]): Uint8Array => sequence(...parts);
  const utc = crlEntry(1, hours(-1)).subarray(5);
  const odd: Record<string, Uint8Array> = {
    'no entry': integer(1),
    'an empty entry': entry(),
    'no time': entry(integer(1)),
    'no serial number': entry(utc),
    'a negative serial number': entry(Uint8Array.of(2, 1, 0x80), utc),
    'an empty serial number': entry(Uint8Array.of(2, 0), utc),
    'a padded serial number': entry(Uint8Array.of(2, 2, 0, 1), utc),
    'a serial number longer than the entry': Uint8Array.of(0x30, 3, 2, 100, 1),
    'an entry longer than the list': Uint8Array.of(0x30, 0x82, 0xff, 0xff, 2, 1, 1),
    'a padded length': Uint8Array.of(0x30, 0x81, 18, 2, 1, 1, ...utc),
    'a length of four bytes': Uint8Array.of(0x30, 0x84, 0, 0, 0, 18, 2, 1, 1, ...utc),
    'more after the extensions': entry(integer(1), utc, sequence(reasonExtension(1)), integer(1)),
    'something that is no extension': entry(integer(1), utc, oid('2.25.1')),
    'the end cut off': crlEntry(1, hours(-1)).subarray(0, 12),
  };
  for (const [what, bytes] of Object.entries(odd)) {
    t.throws(() => read(list({ entries: [crlEntry(9, hours(-1)), bytes] })), { code: 'CRL_INVALID' }, what);
    t.throws(() => read(list({ entries: [bytes, crlEntry(9, hours(-1))] })), { code: 'CRL_INVALID' }, what);
  }
  t.throws(() => read(list({ version: 2 })), refused(/unknown version/));
  t.equal(read(list({ version: 0 })).entries.count, 0, 'version 1');
  t.throws(() => read(new Uint8Array(MAX_CRL_BYTES + 1)), refused(/larger than/));

  const der = list({
    entries: [crlEntry(leaf.certificate.serial, hours(-5), reasonExtension(1)), crlEntry(3, hours(-9))],
  });
  const missed: number[] = [];
  for (let bit = 0; bit < der.length * 8; bit++) {
    const changed = Uint8Array.from(der);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    try {
      read(changed);
      missed.push(bit);
    } catch (error) {
      if (!isSeglError(error, 'CRL_INVALID')) throw error;
    }
  }
  t.same(missed, [], 'every changed bit is noticed');
});

t.test('openssl verify -crl_check_all comes to the same verdict', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const now = new Date();
  const fresh = { thisUpdate: new Date(now.getTime() - HOUR), nextUpdate: new Date(now.getTime() + HOUR) };
  const other = holder();
  const folder = t.testdir({
    root: certificatesToPem([root.certificate.der]),
    ca: certificatesToPem([ca.certificate.der]),
  });
  const pem = (der: Uint8Array): string =>
    `-----BEGIN X509 CRL-----\n${Buffer.from(der)
      .toString('base64')
      .replace(/(.{64})/g, '$1\n')}\n-----END X509 CRL-----\n`;
  const ours = (rootList: Uint8Array, caList: Uint8Array, certificate: Certificate): boolean => {
    const status = (der: Uint8Array, issuer: Identity, one: Certificate) =>
      listedStatus(read(der, issuer), { certificate: one, at: now }).status;
    try {
      return status(rootList, root, ca.certificate) === 'good' && status(caList, ca, certificate) === 'good';
    } catch (error) {
      if (isSeglError(error, 'CRL_INVALID')) return false;
      throw error;
    }
  };
  const theirs = (rootList: Uint8Array, caList: Uint8Array, certificate: Certificate): boolean => {
    writeFileSync(join(folder, 'crls'), pem(rootList) + pem(caList));
    writeFileSync(join(folder, 'leaf'), certificatesToPem([certificate.der]));
    const files = [
      '-CAfile',
      join(folder, 'root'),
      '-untrusted',
      join(folder, 'ca'),
      '-CRLfile',
      join(folder, 'crls'),
    ];
    return run(openssl, ['verify', '-crl_check_all', ...files, join(folder, 'leaf')]).code === 0;
  };
  const good = makeCrl(root, fresh);
  const entries = [crlEntry(leaf.certificate.serial, hours(-5), reasonExtension(4))];
  const cases: [string, boolean, Uint8Array, Uint8Array, Certificate][] = [
    ['nobody is revoked', true, good, makeCrl(ca, fresh), leaf.certificate],
    ['another one is revoked', true, good, makeCrl(ca, { ...fresh, entries }), other.certificate],
    ['the leaf is revoked', false, good, makeCrl(ca, { ...fresh, entries }), leaf.certificate],
    [
      'the authority is revoked',
      false,
      makeCrl(root, { ...fresh, entries: [crlEntry(ca.certificate.serial, hours(-5))] }),
      makeCrl(ca, fresh),
      leaf.certificate,
    ],
    [
      'the list is out of date',
      false,
      good,
      makeCrl(ca, { thisUpdate: hours(-9), nextUpdate: hours(-8) }),
      leaf.certificate,
    ],
    [
      'an unknown critical extension',
      false,
      good,
      makeCrl(ca, { ...fresh, extensions: [crlExtension('2.25.1', octetString(), true)] }),
      leaf.certificate,
    ],
  ];
  for (const [what, verdict, ...input] of cases) {
    t.equal(ours(...input), verdict, `${what}: ours`);
    t.equal(theirs(...input), verdict, `${what}: openssl's`);
  }
});
