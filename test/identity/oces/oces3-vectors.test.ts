/** Certificates of OCES3 that were really issued, up to their roots, and a broker's token with the status of its certificate. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { readJws, verifyJws, type Jwk } from '@segl/identity/evidence/identity/jws';
import { readBrokerCertificate } from '@segl/identity/oces/broker-certificate';
import { checkOcspResponse } from '@segl/pki/revocation/ocsp';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { X509Certificate } from 'node:crypto';
import { vector } from '../../support/signatures/vectors.ts';
import { every } from '../../support/sweep.ts';

/** Others than brokers, and why what they seal counts for nothing. */
const REFUSED: Readonly<Record<string, string>> = {
  'leaf-system-prod-skat.pem': 'oces/not-committing',
  'leaf-test-lucapacioli_aps_organisation_integration.pem': 'oces/no-broker',
};

t.test('OCES3', (t) => {
  const folder = vector(t, 'oces3');
  if (folder === undefined) return t.end();
  const read = (name: string): Certificate =>
    parseCertificate(certificatesFromPem(readFileSync(`${folder}/${name}`, 'utf8'))[0]!);
  const worlds = ['prod', 'test-cti'].map((world) => ({
    root: read(`oces3-root-${world}.pem`),
    ca: read(`oces3-issuing1-${world}.pem`),
  }));
  const pathOf = (leaf: Certificate, at: Date): readonly Certificate[] => {
    const { root, ca } = worlds.find((world) => world.ca.subjectDn === leaf.issuerDn)!;
    return buildPath({ leaf, intermediates: [ca], anchors: [root], at });
  };

  t.test('every certificate leads to its root, and to no other', (t) => {
    const leaves = readdirSync(folder).filter((name) => /^leaf-.*\.pem$/.test(name));
    t.ok(leaves.length > 5);
    for (const name of leaves) {
      const leaf = read(name);
      const at = new Date(leaf.notBefore.getTime() + 86_400_000);
      t.equal(pathOf(leaf, at).length, 3, name);
      const { root, ca } = worlds.find((world) => world.ca.subjectDn !== leaf.issuerDn)!;
      t.throws(() => buildPath({ leaf, intermediates: [ca], anchors: [root], at }), {
        code: 'CERT_PATH_INVALID',
      });
    }
    t.end();
  });

  t.test('a broker is known by its certificate, in the hierarchy that it belongs to', (t) => {
    const at = (leaf: Certificate): Date => new Date(leaf.notBefore.getTime() + 86_400_000);
    const broker = read('leaf-organisation-test-neb.pem');
    const path = pathOf(broker, at(broker));
    t.same(readBrokerCertificate(path), {
      ...{ cvr: '29915938', organization: 'Signaturgruppen A/S' },
      isTest: true,
    });
    for (const name of Object.keys(REFUSED)) {
      const other = read(name);
      t.match(readBrokerCertificate(pathOf(other, at(other))), { problem: { code: REFUSED[name] } }, name);
    }
    t.match(readBrokerCertificate([broker]), { problem: { code: 'oces/no-issuer' } });
    t.end();
  });

  t.test('a token, its certificate at the time of the token, and the status', (t) => {
    const token = Buffer.from(readFileSync(`${folder}/neb-workflow-token.jwt`, 'latin1').trim(), 'latin1');
    const leaf = read('leaf-organisation-test-neb.pem');
    const { publicKey } = new X509Certificate(leaf.der);
    const key = { ...publicKey.export({ format: 'jwk' }), kid: readJws(token).header['kid'] } as Jwk;
    const { claims } = verifyJws(token, [key]);
    const at = new Date(Number(claims['iat']) * 1_000);
    const [, issuer] = pathOf(leaf, at);
    const answer = readFileSync(`${folder}/leaf-organisation-test-neb.ocsp.der`);
    // it was asked for with the token's sample, an hour later
    const expected = { certificate: leaf, issuer: issuer!, at: new Date(at.getTime() + 3_600_000) };
    t.match(checkOcspResponse(answer, expected), { status: 'good' });
    t.throws(
      () => pathOf(leaf, new Date('2030-01-01')),
      { code: 'CERT_PATH_INVALID' },
      'not at another time',
    );
    const unnoticed: number[] = [];
    for (let place = 0; place < answer.length; place += every(3)) {
      const changed = Buffer.from(answer);
      changed[place]! ^= 1;
      try {
        checkOcspResponse(changed, expected);
        unnoticed.push(place);
      } catch (error) {
        if (!/^(OCSP|ASN1|CERT)_/.test((error as { code: string }).code)) throw error;
      }
    }
    t.same(unnoticed, [], 'every changed byte is found');
    t.end();
  });
  t.end();
});
