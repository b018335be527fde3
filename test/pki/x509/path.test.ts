import { join } from 'node:path';
import t from 'tap';
import { Oid } from '@segl/pki/asn1/oids';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { basicConstraints, keyUsage } from '@segl/sandbox/pki/extensions';
import { createTestPki, issue, TEST_TIME, type Identity } from '../../support/signatures/test-pki.ts';
import { filesIn, vector } from '../../support/signatures/vectors.ts';

const pki = createTestPki();
const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
const of = (...identities: Identity[]): Certificate[] => identities.map(({ certificate }) => certificate);
const build = (leaf: Identity, intermediates: Identity[], anchors: Identity[] = [pki.root], at = TEST_TIME) =>
  buildPath({ leaf: leaf.certificate, intermediates: of(...intermediates), anchors: of(...anchors), at });
const refused = (why: RegExp) => ({ code: 'CERT_PATH_INVALID', message: why });

t.test('real OCES certificates chain at their time, and not today', async (t) => {
  const folder = vector(t, 'nemid', 'certs');
  if (!folder) return;
  const authorities = filesIn(join(folder, 'ca')).map(({ bytes }) => parseCertificate(bytes));
  const anchors = authorities.filter((one) => /(Systemtest VII|OCES) Primary CA/.test(one.commonName));
  t.equal(anchors.length, 2);
  for (const { name, bytes } of filesIn(join(folder, 'leaf'))) {
    const leaf = parseCertificate(bytes);
    const at = new Date((leaf.notBefore.getTime() + leaf.notAfter.getTime()) / 2);
    const path = buildPath({ leaf, intermediates: authorities, anchors, at });
    t.equal(path.length, 3, name);
    t.equal(path[2]?.commonName, 'TRUST2408 Systemtest VII Primary CA');
    t.throws(
      () => buildPath({ leaf, intermediates: authorities, anchors, at: new Date('2026-01-01') }),
      refused(/expired/),
    );
  }
  const issuing = authorities.filter((one) => /^TRUST2408 OCES CA/.test(one.commonName));
  t.equal(issuing.length, 5);
  for (const leaf of issuing) {
    t.equal(buildPath({ leaf, intermediates: [], anchors, at: new Date('2020-01-01') }).length, 2);
  }
});

t.test('SHA-1 signatures count only when asked for, weak keys never', async (t) => {
  const folder = vector(t, 'nemid', 'certs', 'ca');
  if (!folder) return;
  const authorities = filesIn(folder).map(({ bytes }) => parseCertificate(bytes));
  const weak = authorities.find((one) => one.commonName === 'TDC OCES Systemtest CA II')!;
  t.throws(
    () =>
      buildPath({
        leaf: weak,
        intermediates: [],
        anchors: [weak],
        at: new Date('2010-01-01'),
        allowSha1: true,
      }),
    refused(/1024 bits/),
  );
  const sha1 = authorities.find((one) => one.commonName === 'DanID OCES Development Primary CA')!;
  t.notOk(sha1.isIssuedBy(sha1));
  t.ok(sha1.isIssuedBy(sha1, { allowSha1: true }));
});

t.test('the path runs from leaf to anchor, whatever else is in the bundle', async (t) => {
  const other = createTestPki();
  const path = build(
    pki.signer,
    [other.issuingCa, pki.root, pki.issuingCa, pki.signer, other.root],
    [other.root, pki.root],
  );
  t.same(path, of(pki.signer, pki.issuingCa, pki.root));
  t.same(
    build(pki.signer, [], [pki.issuingCa]),
    of(pki.signer, pki.issuingCa),
    'an anchor need not be a root',
  );
});

t.test('an anchor is trusted by identity, not by name', async (t) => {
  const impostor = createTestPki();
  t.throws(() => build(impostor.signer, [impostor.issuingCa, impostor.root]), refused(/not fit|not trusted/));
  t.throws(() => build(pki.signer, []), refused(/not known|not trusted/));
  t.throws(() => build(pki.root, [], [impostor.root]), refused(/not known|not trusted/));
});

t.test('every certificate must be valid at the time asked about', async (t) => {
  t.throws(
    () => build(pki.signer, [pki.issuingCa], [pki.root], new Date('2023-12-31')),
    refused(/not valid before/),
  );
  t.throws(() => build(pki.signer, [pki.issuingCa], [pki.root], new Date('2036-01-02')), refused(/expired/));
  const shortCa = issue([{ CN: 'short' }], authority, { issuer: pki.root, notAfter: new Date('2025-01-01') });
  const leaf = issue([{ CN: 'leaf' }], [], { issuer: shortCa });
  t.throws(() => build(leaf, [shortCa]), {
    code: 'CERT_PATH_INVALID',
    params: { subject: 'CN=short', why: { code: 'certificate/expired' } },
  });
});

t.test('only authorities issue', async (t) => {
  const below = issue([{ CN: 'below' }], [], { issuer: pki.signer });
  t.throws(() => build(below, [pki.signer, pki.issuingCa]), refused(/not the certificate of an authority/));
  const noSign = issue([{ CN: 'x' }], [basicConstraints({ ca: true }), keyUsage('cRLSign')], {
    issuer: pki.root,
  });
  t.throws(
    () => build(issue([{ CN: 'y' }], [], { issuer: noSign }), [noSign]),
    refused(/may not sign certificates/),
  );
});

t.test('path length is heeded', async (t) => {
  const first = issue(
    [{ CN: 'first' }],
    [basicConstraints({ ca: true, pathLength: 0 }), keyUsage('keyCertSign')],
    {
      issuer: pki.root,
    },
  );
  const second = issue([{ CN: 'second' }], authority, { issuer: first });
  t.equal(build(issue([{ CN: 'a' }], [], { issuer: first }), [first]).length, 3);
  t.throws(() => build(issue([{ CN: 'b' }], [], { issuer: second }), [first, second]), refused(/allows 0/));
});

t.test('an unknown critical extension ends the path', async (t) => {
  const strange = issue(
    [{ CN: 'z' }],
    [{ oid: '2.5.29.30', critical: true, value: Uint8Array.of(0x30, 0) }],
    {
      issuer: pki.root,
    },
  );
  t.throws(() => build(strange, []), refused(/critical extension 2\.5\.29\.30/));
  const harmless = issue([{ CN: 'z' }], [{ oid: '2.25.1', critical: false, value: Uint8Array.of(0x30, 0) }], {
    issuer: pki.root,
  });
  t.equal(build(harmless, []).length, 2);
});

t.test('a bundle made to keep us busy is given up on', async (t) => {
  // many authorities with the same name but other keys, and two that issued each other
  const crowd = Array.from({ length: 60 }, () => issue([{ CN: 'crowd' }], authority));
  const real = issue([{ CN: 'crowd' }], authority);
  const leaf = issue([{ CN: 'leaf' }], [], { issuer: real });
  const withoutKeyIds = crowd.map(({ certificate }) => {
    Object.defineProperty(certificate, 'ski', { value: undefined });
    return certificate;
  });
  const started = performance.now();
  t.throws(
    () =>
      buildPath({
        leaf: leaf.certificate,
        intermediates: withoutKeyIds,
        anchors: of(pki.root),
        at: TEST_TIME,
      }),
    { code: 'CERT_PATH_INVALID' },
  );
  t.ok(performance.now() - started < 1000);

  const a = issue([{ CN: 'a' }], authority);
  const b = issue([{ CN: 'b' }], authority, { issuer: a });
  const aAgain = parseCertificate(a.certificate.der);
  t.throws(
    () => build(issue([{ CN: 'l' }], [], { issuer: b }), [a, b, { ...a, certificate: aAgain }]),
    refused(/not known|not trusted/),
  );
});

t.test('extended key usage is read', async (t) => {
  t.same(pki.tsa.certificate.extendedKeyUsage, [Oid.timeStamping]);
});
