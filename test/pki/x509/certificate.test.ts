import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readDistinguishedName } from '@segl/pki/x509/distinguished-name';
import { readPublicKey } from '@segl/pki/algorithms/public-key';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { createSigningKey, loadPemKey } from '@segl/pki/keys/keys';
import { certificatesFromPem, certificatesToPem } from '@segl/pki/x509/pem';
import { Oid } from '@segl/pki/asn1/oids';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  subjectAltNameEmail,
} from '@segl/sandbox/pki/extensions';
import { writeName } from '@segl/sandbox/pki/name';
import { createTestPki, issue, newKeyPair, OCSP_URL, POLICY } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { filesIn, vector } from '../../support/signatures/vectors.ts';
import { tell } from '../../support/signatures/tell.ts';

const pki = createTestPki();

t.test('every certificate of the vectors is read as node reads it', async (t) => {
  const folder = vector(t, 'nemid', 'certs');
  if (!folder) return;
  const files = ['ca', 'leaf', 'seal-buypass'].flatMap((name) => filesIn(join(folder, name)));
  t.ok(files.length >= 39);
  for (const { name, bytes } of files) {
    const certificate = parseCertificate(bytes);
    const node = new X509Certificate(bytes);
    t.equal(certificate.serialNumber, node.serialNumber, name);
    t.equal(certificate.notAfter.getTime(), Date.parse(node.validTo));
    t.equal(certificate.notBefore.getTime(), Date.parse(node.validFrom));
    t.equal(certificate.isCa, node.ca);
    t.equal(certificate.fingerprint, node.fingerprint256.replaceAll(':', '').toLowerCase());
    t.ok(certificate.publicKey.equals(node.publicKey));
    t.equal(
      certificate.subject.attributes('2.5.4.3').join(),
      [node.toLegacyObject().subject.CN ?? []].flat().join(),
    );
  }
});

t.test('a real POCES certificate in detail', async (t) => {
  const file = vector(t, 'nemid', 'certs', 'leaf', 'laravel-nemid_nemid-POCES-personal-valid.der');
  if (!file) return;
  const certificate = parseCertificate(readFileSync(file));
  t.equal(
    certificate.subjectDn,
    'CN=Taina Karlsen+serialNumber=PID:9208-2002-2-175183276275,O=Ingen organisatorisk tilknytning,C=DK',
  );
  t.equal(certificate.issuerDn, 'CN=TRUST2408 Systemtest XXXIV CA,O=TRUST2408,C=DK');
  t.equal(certificate.subject.attribute('2.5.4.5'), 'PID:9208-2002-2-175183276275');
  t.equal(certificate.commonName, 'Taina Karlsen');
  t.same(
    [...(certificate.keyUsage ?? [])],
    ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'],
  );
  t.equal(certificate.extendedKeyUsage, undefined);
  t.same(certificate.policies, ['1.3.6.1.4.1.31313.2.4.6.1.5']);
  t.same(certificate.ocspUrls, ['http://ocsp.systemtest34.trust2408.com/responder']);
  t.same(certificate.caIssuerUrls, ['http://aia.systemtest34.trust2408.com/systemtest34-ca.cer']);
  t.same(certificate.crlUrls, ['http://crl.systemtest34.trust2408.com/systemtest34.crl']);
  t.equal(Buffer.from(certificate.aki ?? []).toString('hex'), 'cd6c6897397219a435ab64eaf411a38187f8693b');
  t.same(certificate.criticalExtensions, [Oid.keyUsage]);
});

t.test('an issued certificate reads back with every extension, here, in node and in openssl', async (t) => {
  const { certificate } = issue(
    [
      { C: 'DK' },
      { O: 'Prøve A/S // CVR:12345678' },
      { OU: 'Afdeling' },
      { serialNumber: 'CVR:12345678-RID:42', CN: 'Jørgen, "Æ" + 1' },
    ],
    [
      keyUsage('digitalSignature', 'nonRepudiation', 'decipherOnly'),
      authorityInfoAccess({ ocsp: [OCSP_URL], caIssuers: ['http://aia.test.invalid/ca.cer'] }),
      certificatePolicies({
        oid: POLICY,
        cps: 'http://www.test.invalid/repository',
        notice: { organization: 'Segl test', number: 1, text: 'Kun til prøve' },
      }),
      crlDistributionPoints(
        { url: 'http://crl.test.invalid/full.crl' },
        { directoryName: [{ C: 'DK' }, { O: 'Segl test' }, { CN: 'CRL1' }] },
      ),
      extendedKeyUsage(Oid.ocspSigning),
      ocspNoCheck(),
      subjectAltNameEmail('j@test.invalid'),
      basicConstraints({ ca: false }),
    ],
    { issuer: pki.issuingCa, kind: 'RSA', serial: 0xff00 },
  );
  t.equal(certificate.serialNumber, 'FF00');
  t.match(certificate.subjectDn, 'CN=Jørgen\\, \\"Æ\\" \\+ 1');
  t.same(certificate.policies, [POLICY]);
  t.same(certificate.crlUrls, ['http://crl.test.invalid/full.crl']);
  t.same(certificate.caIssuerUrls, ['http://aia.test.invalid/ca.cer']);
  t.ok(certificate.keyUsage?.has('decipherOnly'));
  t.ok(certificate.ocspNoCheck);
  t.same(certificate.aki, pki.issuingCa.certificate.ski);
  t.ok(certificate.isIssuedBy(pki.issuingCa.certificate));
  t.notOk(certificate.isIssuedBy(pki.root.certificate));

  const node = new X509Certificate(certificate.der);
  t.ok(node.verify(pki.issuingCa.certificate.publicKey));
  t.ok(node.checkIssued(new X509Certificate(pki.issuingCa.certificate.der)));

  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const dir = t.testdir({ root: certificatesToPem([pki.root.certificate.der]) });
  writeFileSync(join(dir, 'leaf'), certificatesToPem([certificate.der]));
  writeFileSync(join(dir, 'ca'), certificatesToPem([pki.issuingCa.certificate.der]));
  const { output } = run(openssl, ['x509', '-in', join(dir, 'leaf'), '-noout', '-text', '-nameopt', 'utf8']);
  for (const expected of [
    'X509v3 Key Usage: critical',
    'Digital Signature, Non Repudiation, Decipher Only',
    `OCSP - URI:${OCSP_URL}`,
    'CA Issuers - URI:http://aia.test.invalid/ca.cer',
    `Policy: ${POLICY}`,
    'CPS: http://www.test.invalid/repository',
    'Organization: Segl test',
    'URI:http://crl.test.invalid/full.crl',
    'DirName:C = DK, O = Segl test, CN = CRL1',
    'OCSP Signing',
    'OCSP No Check',
    'email:j@test.invalid',
    'CA:FALSE',
  ]) {
    t.ok(output.includes(expected), expected);
  }
  const verified = run(openssl, [
    ...[
      'verify',
      '-x509_strict',
      '-CAfile',
      join(dir, 'root'),
      '-untrusted',
      join(dir, 'ca'),
      join(dir, 'leaf'),
    ],
  ]);
  t.equal(verified.code, 0, verified.output);
});

t.test('names: RFC 4514 escapes and unknown types', async (t) => {
  const text = (cn: string): string => readDistinguishedName(writeName([{ CN: cn }])).text;
  t.equal(text(' a '), 'CN=\\ a\\ ');
  t.equal(text('#1'), 'CN=\\#1');
  t.equal(text('a,b;c<d>e\\f'), 'CN=a\\,b\\;c\\<d\\>e\\\\f');
  t.equal(text('a\0b'), 'CN=a\\00b');
  const unknown = Buffer.from('300f310d300b0603883703' + '0c0461626364', 'hex');
  t.equal(readDistinguishedName(unknown).text, '2.999.3=#0c0461626364');
});

t.test('public keys are read quickly and as openssl reads them', async (t) => {
  for (const kind of ['RSA', 'EC-P256'] as const) {
    const { publicKey } = newKeyPair(kind);
    const info = publicKey.export({ format: 'der', type: 'spki' });
    t.ok(readPublicKey(info).equals(publicKey), kind);
  }
  const { publicKey } = newKeyPair('EC-P256');
  const off = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));
  off[off.length - 1]! ^= 1;
  t.throws(() => readPublicKey(off), { code: 'ASN1_INVALID' }, 'a point that is not on the curve');
});

t.test('PEM bundles: text between certificates is ignored, damage is not', async (t) => {
  const ders = [pki.signer.certificate.der, pki.root.certificate.der];
  t.same(certificatesFromPem(`Comment\r\n${certificatesToPem(ders).replaceAll('\n', '\r\n')}\nend`), ders);
  t.throws(() => certificatesFromPem('nothing'), { code: 'PEM_INVALID' });
  t.throws(() => certificatesFromPem(certificatesToPem(ders).replace('MII', 'M!I')), { code: 'PEM_INVALID' });
});

t.test('a key is loaded with its chain, and refused when they do not fit', async (t) => {
  const pem = (key: typeof pki.signer): string =>
    key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const chain = [pki.signer, pki.issuingCa, pki.root].map(({ certificate }) => certificate.der);
  const key = loadPemKey(pem(pki.signer), certificatesToPem(chain));
  t.equal(key.algorithm, 'EC-P256');
  t.equal(key.chain.length, 2);
  const data = Buffer.from('data');
  t.ok((await key.sign(data)).length > 60);

  const refused = (why: RegExp) => ({ code: 'KEY_INVALID', message: why });
  t.throws(() => loadPemKey(pem(pki.root), certificatesToPem(chain)), refused(/does not belong/));
  t.throws(() => loadPemKey(pem(pki.signer), certificatesToPem(chain.slice(0, 1))), refused(/issuer/));
  t.throws(
    () => loadPemKey(pem(pki.signer), certificatesToPem([chain[0]!, chain[2]!])),
    refused(/not followed/),
  );
  t.throws(() => loadPemKey('garbage', certificatesToPem(chain)), refused(/cannot be read/));
  const encrypted = pki.signer.privateKey
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  t.throws(() => loadPemKey(encrypted, certificatesToPem(chain)), refused(/encrypted, and no password/));
});

t.test('weak keys do not sign', async (t) => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { issueCertificate } = await import('@segl/sandbox/pki/issue');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const certificate = issueCertificate({
    subject: [{ CN: 'weak' }],
    publicKey,
    issuer: pki.issuingCa,
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    extensions: [],
  });
  t.throws(() => createSigningKey({ privateKey, certificate, chain: [pki.issuingCa.certificate.der] }), {
    code: 'KEY_INVALID',
    message: /1024 bits/,
  });
});

t.test('certificates of other makers: RSA-PSS, P-384, P-521, and what is not accepted', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const dir = t.testdir({});
  const selfSigned = (...options: string[]) => {
    const out = join(dir, 'certificate');
    const { code, output } = run(openssl, [
      ...['req', '-x509', '-nodes', '-keyout', join(dir, 'key'), '-outform', 'DER', '-out', out],
      ...['-subj', '/CN=other', '-days', '1', ...options],
    ]);
    t.equal(code, 0, output);
    const certificate = parseCertificate(readFileSync(out));
    const problem = certificate.issuanceProblem(certificate);
    return problem && tell(problem);
  };
  const pss = ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'];
  const curve = (name: string): string[] => ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${name}`];
  t.equal(selfSigned(...pss, '-sha256'), undefined);
  t.equal(selfSigned(...curve('P-384'), '-sha384'), undefined);
  t.equal(selfSigned(...curve('P-521'), '-sha512'), undefined);
  t.match(selfSigned(...pss, '-sha1'), /SHA-1/);
  t.match(selfSigned('-newkey', 'rsa:2048', '-sha1'), /SHA-1/);
  t.match(selfSigned('-newkey', 'rsa:1024', '-sha256'), /1024 bits/);
  t.match(selfSigned(...curve('secp256k1'), '-sha256'), /secp256k1/);
  t.match(selfSigned('-newkey', 'ed25519'), /not accepted/);
  t.match(selfSigned('-newkey', 'rsa:2048', '-md5'), /not accepted/);
});

t.test('the key bits are those that OCSP hashes', async (t) => {
  const { certificate } = pki.signer;
  t.same(createHash('sha1').update(certificate.publicKeyBits).digest(), Buffer.from(certificate.ski ?? []));
});
