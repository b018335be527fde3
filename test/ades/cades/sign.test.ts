import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCms, signCades, verifyCms } from '@segl/ades/cades/sign';
import { attribute, writeSignedData } from '@segl/pki/cms/cms-write';
import { readDer } from '@segl/pki/asn1/der';
import { contextValue, octetString, sequence } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { ManualClock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { createTestPki, TEST_TIME, TSA_URL } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { every, SWEEPS_ALL } from '../../support/sweep.ts';

const content = randomBytes(5000);
const digest = createHash('sha256').update(content).digest();
const rsa = createTestPki('RSA');
const ec = createTestPki('EC-P256');
const timestamper = createTimestamper({
  url: TSA_URL,
  anchors: [ec.root.certificate.der],
  post: ec.post,
  clock: new ManualClock(TEST_TIME),
});

for (const [kind, pki] of [
  ['RSA', rsa],
  ['P-256', ec],
] as const) {
  t.test(`${kind}: a signature verifies here and carries what PAdES asks for`, async (t) => {
    const der = await signCades({ digest, key: pki.signerKey });
    const verified = verifyCms(der, digest);
    t.same(verified.certificate, pki.signer.certificate.der);
    t.equal(verified.certificates.length, 3, 'leaf, issuing CA and root');
    t.same(verified.timestamps, []);

    const { signer } = readCms(der);
    t.same(
      [...signer.signedAttributes.keys()].sort(),
      [Oid.contentType, Oid.messageDigest, Oid.signingCertificateV2].sort(),
      'no signing-time, nothing else',
    );
    const encodings = readDer(signer.signedBytes)
      .set()
      .rest()
      .map((attribute) => Buffer.from(attribute.raw));
    t.same(
      encodings,
      [...encodings].sort((a, b) => Buffer.compare(a, b)),
      'attributes are in DER order',
    );
    t.throws(() => verifyCms(der, randomBytes(32)), { code: 'CMS_INVALID' });
  });

  t.test(
    `${kind}: openssl accepts it, with and without CAdES rules, and refuses other content`,
    async (t) => {
      const openssl = tool(t, 'openssl');
      if (!openssl) return;
      const der = await signCades({ digest, key: pki.signerKey, timestamper });
      const dir = t.testdir({ anchor: certificatesToPem([pki.root.certificate.der]) });
      const file = (name: string, bytes: Uint8Array): string => {
        writeFileSync(join(dir, name), bytes);
        return join(dir, name);
      };
      const verify = (contentFile: string, ...options: string[]) =>
        run(openssl, [
          ...[
            'cms',
            '-verify',
            '-binary',
            '-inform',
            'DER',
            '-in',
            file('cms', der),
            '-content',
            contentFile,
          ],
          ...['-CAfile', join(dir, 'anchor'), '-purpose', 'any', '-out', join(dir, 'out'), ...options],
        ]);
      for (const options of [[], ['-cades']]) {
        const { code, output } = verify(file('content', content), ...options);
        t.equal(code, 0, output);
      }
      t.not(verify(file('other', randomBytes(5000))).code, 0);
    },
  );
}

t.test('a signature time-stamp is inside, over the signature value, and is verified', async (t) => {
  const der = await signCades({ digest, key: ec.signerKey, timestamper });
  const { timestamps } = verifyCms(der, digest);
  t.equal(timestamps.length, 1);
  t.same(timestamps[0]?.genTime, TEST_TIME);

  const stranger = await timestamper(() => randomBytes(32));
  const wrong = await signCades({ digest, key: ec.signerKey, timestamper: async () => stranger });
  t.throws(() => verifyCms(wrong, digest), {
    code: 'TIMESTAMP_INVALID',
    params: { why: { code: 'timestamp/other-data' } },
  });
});

t.test('RSA signatures over anything have the same length', async (t) => {
  const lengths = new Set<number>();
  for (let index = 0; index < 5; index++) {
    lengths.add((await signCades({ digest: randomBytes(32), key: rsa.signerKey })).length);
  }
  t.equal(lengths.size, 1);
});

t.test('every changed bit of what is signed is noticed', async (t) => {
  const der = await signCades({ digest, key: ec.signerKey, timestamper });
  const { signer } = readCms(der);
  const regions = [signer.signature, signer.signedBytes.subarray(2)].map((bytes) => {
    const start = Buffer.from(der).indexOf(bytes);
    return { start, end: start + bytes.length };
  });
  for (const { start, end } of regions) {
    for (let at = start; at < end; at++) {
      const changed = Uint8Array.from(der);
      changed[at]! ^= 1;
      try {
        verifyCms(changed, digest);
        t.fail(`byte ${at} was changed and nobody noticed`);
      } catch (error) {
        if (!isSeglError(error, 'CMS_INVALID', 'TIMESTAMP_INVALID')) throw error;
      }
    }
  }
});

t.test('every changed bit of what stands around it is noticed: versions, algorithms, lengths', async (t) => {
  for (const pki of [rsa, ec]) {
    const der = Buffer.from(await signCades({ digest, key: pki.signerKey }));
    // certificates other than the signer's are judged with their path
    const chain = pki.signerKey.chain.map((one) => {
      const start = der.indexOf(one);
      return { start: start + 4, end: start + one.length };
    });
    const missed: string[] = [];
    for (let at = 0; at < der.length; at++) {
      if (chain.some(({ start, end }) => at >= start && at < end)) continue;
      for (let bit = SWEEPS_ALL ? 0 : at % 8; bit < 8; bit += every(8)) {
        der[at]! ^= 1 << bit;
        try {
          verifyCms(der, digest);
          missed.push(`byte ${at}, bit ${bit}`);
        } catch (error) {
          if (!isSeglError(error, 'CMS_INVALID', 'TIMESTAMP_INVALID')) throw error;
        }
        der[at]! ^= 1 << bit;
      }
    }
    t.same(missed, []);
  }
});

t.test('what it carries beside the signature and nobody judges is named', async (t) => {
  const input = {
    contentType: Oid.data,
    digest,
    key: ec.signerKey,
    certificates: [ec.signer.certificate.der],
  };
  const note = attribute('2.25.1', octetString(Buffer.from('a note')));
  const unsigned = await writeSignedData({ ...input, unsignedAttributes: async () => [note] });
  t.match(verifyCms(unsigned, digest).unjudged, [
    { code: 'cms/unjudged-attribute', params: { oid: '2.25.1' } },
  ]);
  const others = await writeSignedData({
    ...input,
    certificates: [...input.certificates, contextValue(1, sequence())],
  });
  t.match(verifyCms(others, digest).unjudged, [{ code: 'cms/unjudged-certificates' }]);
  t.same(verifyCms(await signCades({ digest, key: ec.signerKey, timestamper }), digest).unjudged, []);
});

t.test('the signer certificate cannot be swapped for another one with the same key', async (t) => {
  // the same key under another certificate: signature fits, signing-certificate does not
  const other = createTestPki('EC-P256');
  const swapped: SigningKey = { ...ec.signerKey, certificate: other.signer.certificate.der };
  const der = await signCades({ digest, key: swapped });
  t.throws(() => verifyCms(der, digest), { code: 'CMS_INVALID' });

  const honest = await signCades({ digest, key: ec.signerKey });
  const hash = createHash('sha256').update(ec.signer.certificate.der).digest();
  const at = Buffer.from(honest).indexOf(hash);
  const forged: SigningKey = {
    ...ec.signerKey,
    sign: (data) => {
      const changed = Uint8Array.from(data);
      changed[Buffer.from(data).indexOf(hash)]! ^= 1;
      return ec.signerKey.sign(changed);
    },
  };
  const wrongHash = Uint8Array.from(await signCades({ digest, key: forged }));
  wrongHash[at]! ^= 1;
  t.throws(() => verifyCms(wrongHash, digest), {
    code: 'CMS_INVALID',
    params: { why: { code: 'signing-certificate/other-certificate' } },
  });
});

t.test('a failing time-stamp authority fails the signature', async (t) => {
  const failing = createTimestamper({
    url: 'http://nobody.invalid/',
    anchors: [],
    post: () => Promise.reject(new Error('refused')),
    clock: new ManualClock(TEST_TIME),
  });
  await t.rejects(signCades({ digest, key: ec.signerKey, timestamper: failing }), { code: 'TSA_FAILED' });
});
