/** S1 to S8 and appendix A and B: the seal, its policy, and where paths end. */
import { createHash, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify from 'fastify';
import { LTV_11 } from '@segl/identity/evidence/ltvsdo/content';
import { readPolicy, SEAL_SIGNATURE_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import { XADES } from '@segl/ades/xml/algorithms';
import { ManualClock } from '@segl/problem/clock';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { opsPlugin } from '@segl/server/http/ops/plugin';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { sealPolicy } from '../support/signatures/ltvsdo.ts';
import { TEST_TIME } from '../support/signatures/test-pki.ts';
import { run, tool } from '../support/tools.ts';
import { refusal, type Requirement, type World } from './world.ts';
import { trusting, textOf } from '../support/server/methods.ts';

/** The plugins for everybody, without a port. */
function publicPlugin({ home }: World) {
  const { eid } = home.application.context;
  const app = fastify();
  opsPlugin(app, {
    check: async () => undefined,
    policies: eid.catalogue.evidence.policies,
    anchors: { signers: eid.installation.signerAnchors, seal: home.application.packaging.seal.anchors },
  });
  return app;
}

export const requirements: readonly Requirement[] = [
  [
    'S1',
    'a change anywhere in the package is found',
    async (t, { made }) => {
      const text = made.pdf.bytes.toString();
      const elements = [...text.matchAll(/<(ltv:\w+|xades:SigningTime)[^>]*>([^<]+)</g)];
      t.ok(elements.length > 80);
      for (const { index, 0: match, 1: name } of elements) {
        const at = index + match.length - 2;
        const changed = Buffer.from(text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));
        if (!(await refusal(() => verifyLtvSdo(changed)))) t.fail(`${name} was changed`);
      }
    },
  ],
  [
    'S2',
    'the seal is XAdES: time, certificate and policy are signed; without them there is no seal',
    async (t, { made }) => {
      const text = made.pdf.bytes.toString();
      t.match(text, `xmlns:xades="${XADES}"`);
      const [properties = ''] =
        /<xades:SignedSignatureProperties>.*?<\/xades:SignedSignatureProperties>/s.exec(text) ?? [];
      for (const name of ['SigningTime', 'SigningCertificate', 'SignaturePolicyIdentifier'])
        t.match(properties, `<xades:${name}>`);
      t.same(made.pdf.seal.signingTime, TEST_TIME);
      const bare = text.replace(/<ds:Object>.*?<\/ds:Object>/s, '');
      t.not(bare, text);
      t.throws(() => verifyLtvSdo(Buffer.from(bare)), { code: 'LTVSDO_INVALID' });
    },
  ],
  [
    'S3',
    'the seal is verified before the package is released: a bad one is not, and the task stays as it is',
    async (t, { home, ready, pack, stateOf, resultOf }) => {
      const { seal } = home.packaging;
      const key = {
        ...seal.key,
        sign: (data: Uint8Array) => seal.key.sign(Buffer.concat([data, Buffer.from(' ')])),
      };
      t.match(await refusal(() => pack(ready, { seal: { ...seal, key } })), /LTVSDO_INVALID|XMLDSIG_INVALID/);
      t.same([await stateOf(ready), await resultOf(ready)], ['sent-in', undefined]);
    },
  ],
  [
    'S4',
    'core validation succeeds, for xmlsec1 too, and fails after a change',
    async (t, { made, trust }) => {
      t.doesNotThrow(() => verifyLtvSdo(made.pdf.bytes));
      const xmlsec1 = tool(t, 'xmlsec1');
      if (!xmlsec1) return;
      const folder = t.testdir();
      const file = (name: string, content: string | Uint8Array): string => {
        writeFileSync(join(folder, name), content);
        return join(folder, name);
      };
      const pem = (der: Uint8Array): string => new X509Certificate(der).toString();
      const [, authority] = made.pdf.sealPath;
      const verify = (path: string): number =>
        run(xmlsec1, [
          ...['--verify', '--trusted-pem', file('root.pem', pem(trust.sealAnchors[0]!))],
          ...['--untrusted-pem', file('ca.pem', pem(authority!.der)), '--id-attr:Id', `${LTV_11}:LtvSdo`],
          ...[
            '--id-attr:Id',
            `${XADES}:SignedProperties`,
            '--verification-time',
            '2026-03-01 12:00:00',
            path,
          ],
        ]).code;
      t.equal(verify(file('sealed.xml', made.pdf.bytes)), 0);
      const changed = made.pdf.bytes.toString().replace('Et løfte', 'Et løgte');
      t.not(verify(file('changed.xml', changed)), 0);
      t.throws(() => verifyLtvSdo(Buffer.from(changed)), { code: 'LTVSDO_INVALID' });
    },
  ],
  [
    'S5',
    'no seal by a certificate that is revoked, or whose path ends elsewhere',
    async (t, { home, ready, pack, sealer, stateOf, resultOf }) => {
      const { pki } = sealer;
      const revocation = new RevocationService({ post: pki.post, clock: new ManualClock(TEST_TIME) });
      const [root] = [pki.root.certificate.der];
      const { serialNumber } = pki.signer.certificate;
      pki.statuses.set(serialNumber, { status: 'revoked', revokedAt: TEST_TIME });
      const seal = { key: pki.signerKey, anchors: [root] };
      t.equal(await refusal(() => pack(ready, { seal, revocation })), 'CERT_REVOKED');
      pki.statuses.set(serialNumber, { status: 'good' });
      const elsewhere = { ...home.packaging.seal, anchors: [root] };
      t.equal(await refusal(() => pack(ready, { seal: elsewhere })), 'CERT_PATH_INVALID');
      t.same([await stateOf(ready), await resultOf(ready)], ['sent-in', undefined]);
    },
  ],
  [
    'S6',
    'the whole path and all status of the seal are in its XAdES structure, and enough to judge it',
    async (t, { made, trust, sealer }) => {
      const { seal, sealPath, bytes } = made.pdf;
      const carried = [seal.certificate, ...seal.certificates].map(
        (der) => parseCertificate(der).fingerprint,
      );
      for (const { fingerprint, commonName } of sealPath) t.ok(carried.includes(fingerprint), commonName);
      t.equal(seal.ocsps.length + seal.crls.length, 2, 'of the sealer and of its authority');
      const text = bytes.toString();
      const [unsigned = ''] =
        /<xades:UnsignedSignatureProperties>.*<\/xades:UnsignedSignatureProperties>/s.exec(text) ?? [];
      const [values = ''] = /<xades:RevocationValues>.*<\/xades:RevocationValues>/s.exec(unsigned) ?? [];
      for (const lost of [/<xades:EncapsulatedOCSPValue>[^<]*<\/xades:EncapsulatedOCSPValue>/, values]) {
        const less = text.replace(unsigned, unsigned.replace(lost, ''));
        t.not(less, text);
        t.ok(await refusal(() => verifyPackage(Buffer.from(less), trust)));
      }
      const nothing = { certificates: [], ocsps: [], crls: [] };
      await t.rejects(sealer.seal(made.pdf.content, { validation: nothing }), { code: 'LTVSDO_INVALID' });
    },
  ],
  [
    'S7',
    'there is no time-stamp, and one that was added is refused',
    async (t, { made }) => {
      const text = made.pdf.bytes.toString();
      const [seal = ''] = /<ds:Signature .*<\/ds:Signature>/s.exec(text) ?? [];
      t.notMatch(seal, /TimeStamp/i);
      const end = '</xades:UnsignedSignatureProperties>';
      const stamped = text.replace(
        end,
        `<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>MAA=</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>${end}`,
      );
      t.throws(() => verifyLtvSdo(Buffer.from(stamped)), { code: 'LTVSDO_INVALID' });
    },
  ],
  [
    'S8',
    'identifier, hash and address of the policy in the seal are those of the text that is served',
    async (t, world) => {
      const { made, sealer } = world;
      const { policy } = made.pdf.seal;
      t.equal(policy?.id, SEAL_SIGNATURE_POLICY);
      const app = publicPlugin(world);
      const { pathname } = new URL(policy?.uri ?? '');
      const served = await app.inject(pathname);
      t.equal(served.statusCode, 200);
      const digest = createHash('sha256').update(served.rawPayload).digest();
      t.same(Buffer.from(policy?.hash.value ?? []), digest);
      t.match(served.payload, SEAL_SIGNATURE_POLICY);
      t.equal(served.headers['repr-digest'], `sha-256=:${digest.toString('base64')}:`);
      t.match(served.headers['cache-control'], /immutable/);
      for (const hash of [new Uint8Array(32), createHash('sha256').update('another text').digest()]) {
        const other = await sealLtvSdo(made.pdf.content, {
          ...{ key: sealer.pki.signerKey, signingTime: TEST_TIME, validation: sealer.validation },
          policy: { ...sealPolicy, hash },
        });
        t.throws(() => verifyLtvSdo(other), { code: 'LTVSDO_INVALID' });
      }
      const index = await app.inject('/policy/');
      const sums = (await app.inject('/policy/SHA256SUMS')).payload.trim().split('\n');
      t.ok(sums.length >= 4, 'earlier ones stay');
      for (const line of sums) {
        const [hash = '', name = ''] = line.split('  ');
        const text = await app.inject(`/policy/${name}`);
        t.equal(createHash('sha256').update(text.rawPayload).digest('hex'), hash, name);
        t.match(index.payload, hash, `${name} is listed with its hash`);
        const [, id = '-'] = /Policy identifier: +(\S+)/.exec(text.payload) ?? [];
        t.match(index.payload, id);
      }
      t.equal(Buffer.compare(readPolicy(SEAL_SIGNATURE_POLICY).sha256, digest), 0);
      await app.close();
    },
  ],
  [
    'A',
    'native signatures count under the anchors of appendix A only; in production that is TRUST2408 OCES Primary CA',
    async (t, world) => {
      const { made, trust } = world;
      const production = ocesEnvironment('production').anchors.map(
        (der) => parseCertificate(der).fingerprint,
      );
      t.same(production, ['92d8092ee77bc9208f0897dc05271894e63ef27933ae537fb983eef0eae3eec8']);
      t.match(textOf(made.pdf.content.packagingPolicy), production[0]!);
      const wrong = { ...trust, signers: trusting(trust.sealAnchors) };
      t.equal(await refusal(() => verifyPackage(made.pdf.bytes, wrong)), 'CERT_PATH_INVALID');
      const app = publicPlugin(world);
      t.same(
        certificatesFromPem((await app.inject('/policy/signer-anchors.pem')).payload),
        trust.signers.anchors['nemid']!.map((der) => new Uint8Array(der)),
      );
      await app.close();
    },
  ],
  [
    'B',
    'seals count under the anchors of appendix B only, which are published next to the policy',
    async (t, world) => {
      const { made, trust } = world;
      const wrong = { ...trust, sealAnchors: trust.signers.anchors['nemid']! };
      t.equal(await refusal(() => verifyPackage(made.pdf.bytes, wrong)), 'CERT_PATH_INVALID');
      const app = publicPlugin(world);
      const published = certificatesFromPem((await app.inject('/policy/seal-anchors.pem')).payload);
      t.same(
        published,
        trust.sealAnchors.map((der) => new Uint8Array(der)),
      );
      t.ok(verifyPackage(made.pdf.bytes, { ...trust, sealAnchors: published }), 'they are enough');
      await app.close();
    },
  ],
];
