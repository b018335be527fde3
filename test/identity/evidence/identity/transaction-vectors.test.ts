/** A token that a broker really sealed, with its certificate and the status of that, as a proof in identity evidence. */
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { readJws } from '@segl/identity/evidence/identity/jws';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { carried } from '@segl/identity/evidence/identity/write';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { evidenceOf } from '../../../support/signatures/identity-evidence.ts';
import { vector } from '../../../support/signatures/vectors.ts';
import { every } from '../../../support/sweep.ts';

/** What is about the token's maker; what it says is about somebody else's documents. */
const CHECKS = ['transaction-core', 'transaction-certificate', 'transaction-signer', 'transaction-status'];

t.test('a genuine token', (t) => {
  const folder = vector(t, 'oces3');
  if (folder === undefined) return t.end();
  const der = (name: string): Buffer =>
    Buffer.from(certificatesFromPem(readFileSync(`${folder}/${name}`, 'utf8'))[0]!);
  const genuine = {
    token: Buffer.from(readFileSync(`${folder}/neb-workflow-token.jwt`, 'latin1').trim(), 'latin1'),
    leaf: der('leaf-organisation-test-neb.pem'),
    issuer: der('oces3-issuing1-test-cti.pem'),
    status: readFileSync(`${folder}/leaf-organisation-test-neb.ocsp.der`),
  };
  const { header, claims } = readJws(genuine.token);
  const issued = new Date(Number(claims['iat']) * 1_000);
  const jwk = new X509Certificate(genuine.leaf).publicKey.export({ format: 'jwk' });

  /** What is wrong with the maker of the token, by the name of the check. */
  function wrongWith(
    parts: Partial<typeof genuine> = {},
    { root = 'oces3-root-test-cti.pem', test = true, at = issued } = {},
  ): readonly string[] {
    const { token, leaf, issuer, status } = { ...genuine, ...parts };
    const key = { ...jwk, kid: header['kid'], x5c: [leaf.toString('base64')] };
    const bytes = evidenceOf({
      change: (content) => {
        const fetched = content.trust[0]!.fetched;
        const kept = { source: 'configured', fetched } as const;
        const keys = Buffer.from(JSON.stringify({ keys: [key] }));
        return {
          ...content,
          method: { ...content.method, test },
          proofs: [
            ...content.proofs,
            { role: 'transaction-token', mediaType: 'application/jwt', ...carried(token) },
            { role: 'transaction-token-status', mediaType: 'application/ocsp-response', ...carried(status) },
          ],
          trust: [
            { ...kept, role: 'keys', mediaType: 'application/jwk-set+json', ...carried(keys) },
            { ...kept, role: 'certificate', mediaType: 'application/pkix-cert', ...carried(issuer) },
          ],
        };
      },
    });
    const { findings } = judgeIdentityEvidence(readIdentityEvidence(bytes), { at }, { anchors: [der(root)] });
    const about = findings.filter(({ check }) => CHECKS.includes(check));
    const passed = about.filter(({ outcome }) => outcome === 'passed').map(({ check }) => check);
    return CHECKS.filter((check) => !passed.includes(check));
  }

  t.test('is judged at its own time, in the environment that it belongs to', (t) => {
    t.same(wrongWith(), []);
    t.same(wrongWith({}, { test: false }), ['transaction-signer'], 'a test certificate in production');
    const nothing = CHECKS.slice(1);
    t.same(wrongWith({}, { root: 'oces3-root-prod.pem' }), nothing, 'under the anchor of production');
    t.same(wrongWith({}, { at: new Date('2030-01-01') }), nothing, 'when the certificate has expired');
    t.same(
      wrongWith({}, { at: new Date('2025-12-20') }),
      ['transaction-status'],
      'when the status is out of date',
    );
    t.same(wrongWith({ issuer: der('oces3-issuing1-prod.pem') }), nothing);
    t.same(wrongWith({ leaf: der('leaf-system-test-skat.pem') }), CHECKS);
    t.end();
  });

  t.test('and no byte of it can be changed', (t) => {
    for (const [name, step] of [
      ['token', 31],
      ['leaf', 17],
      ['issuer', 17],
      ['status', 17],
    ] as const) {
      const unnoticed: number[] = [];
      for (let place = 0; place < genuine[name].length; place += every(step)) {
        const bytes = Buffer.from(genuine[name]);
        bytes[place]! ^= 1;
        if (wrongWith({ [name]: bytes }).length === 0) unnoticed.push(place);
      }
      t.same(unnoticed, [], name);
    }
    t.end();
  });
  t.end();
});
