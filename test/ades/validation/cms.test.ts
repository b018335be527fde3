/** CMS as other programs write it: in BER, by several signers, with what Acrobat signs along. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { toDer } from '@segl/pki/asn1/ber';
import { attribute } from '@segl/pki/cms/cms-write';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import { readDer } from '@segl/pki/asn1/der';
import { contextValue, implicit, octetString, sequence, setOf } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import { replaced } from '../../../conformance/corpus/break-cms.ts';
import { cmsOf, withCms } from '../../../conformance/corpus/break-pdf.ts';
import { concluded, createFiles, MADE } from '../../support/signatures/validation.ts';
import { run, tool } from '../../support/tools.ts';
import { tell } from '../../support/signatures/tell.ts';

const files = createFiles();

/** Two people of openssl, each an anchor of its own, who sign `data`. */
function people(t: Test, openssl: string) {
  const folder = mkdtempSync(join(tmpdir(), 'segl-cms-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string): string => join(folder, name);
  const call = (...args: string[]): void => {
    const { code, output } = run(openssl, args);
    if (code !== 0) throw new Error(output);
  };
  const made = ['one', 'two'].map((name) => {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:false'];
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`)];
    call('req', '-x509', ...key, '-out', file(`${name}.pem`), '-days', '30', ...subject);
    return new X509Certificate(readFileSync(file(`${name}.pem`)));
  });
  writeFileSync(file('data'), Buffer.alloc(100_000, 'Some data\n'));
  return {
    at: new Date(Date.parse(made[0]!.validFrom) + 60_000),
    own: { ...files.trust, more: made.map(({ raw }) => raw) },
    by: (...names: string[]) =>
      names.flatMap((name) => ['-signer', file(`${name}.pem`), '-inkey', file(`${name}.key`)]),
    sign: (...args: string[]): Buffer => {
      call('cms', '-sign', '-binary', '-in', file('data'), '-outform', 'DER', '-out', file('out'), ...args);
      return readFileSync(file('out'));
    },
  };
}

t.test('BER of a stream is read, and a changed byte of it is found', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const { sign, by, own, at } = people(t, openssl);
  const ber = sign('-stream', '-nodetach', ...by('one'));
  t.equal(ber[1], 0x80, 'its length is not told');
  t.equal(concluded((await files.validate(ber, { own, at })).report), 'TOTAL-PASSED');
  const changed = Buffer.from(ber);
  changed[changed.indexOf('data')]! ^= 1;
  t.equal(concluded((await files.validate(changed, { own, at })).report), 'TOTAL-FAILED/HASH_FAILURE');
  t.same(readSignedData(toDer(ber)).content, Buffer.alloc(100_000, 'Some data\n'));
  const der = toDer(ber);
  t.equal(toDer(der), der, 'DER stays as it is');
  for (let length = 0; length < 400; length++) {
    t.throws(() => readSignedData(toDer(ber.subarray(0, length))), { code: 'ASN1_INVALID' });
  }
  const deep = Buffer.alloc(2000, Buffer.from([0x30, 0x80]));
  t.throws(() => toDer(deep), { code: 'ASN1_INVALID' }, 'nested without end');
});

t.test('each of several signers is judged', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const { sign, by, own, at } = people(t, openssl);
  const two = sign('-nodetach', ...by('one', 'two'));
  const { report } = await files.validate(two, { own, at });
  t.equal(concluded(report), 'TOTAL-PASSED');
  t.same(report.signatures.map(({ signer }) => signer).sort(), ['one', 'two']);
  const values = report.signatures.map(({ signatureValue }) => signatureValue);
  t.not(values[0], values[1], 'each with its own value');
  const etsi = writeEtsiReport(report, tell);
  for (const value of values) t.ok(etsi.includes(`>${value}</ds:SignatureValue>`));
  const digests = [...etsi.matchAll(/<vr:SignatureIdentifier.*?<ds:DigestValue[^>]*>([^<]+)</g)];
  t.same(
    digests.map(([, digest]) => Buffer.from(digest!, 'base64').toString('hex')),
    report.signatures.map(({ signedSha256 }) => signedSha256),
    'and its own digest',
  );
  const damaged = Buffer.from(two);
  damaged[damaged.length - 3]! ^= 1;
  const after = await files.validate(damaged, { own, at });
  t.same(after.report.signatures.map(concluded), ['TOTAL-PASSED', 'TOTAL-FAILED/SIG_CRYPTO_FAILURE']);
});

t.test('RSASSA-PSS as openssl has it, and parameters that are not supported', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const { sign, by, own, at } = people(t, openssl);
  const pss = (...more: string[]): Buffer =>
    sign('-nodetach', ...by('one'), '-keyopt', 'rsa_padding_mode:pss', ...more);
  t.equal(concluded((await files.validate(pss(), { own, at })).report), 'TOTAL-PASSED');
  const { report } = await files.validate(pss('-keyopt', 'rsa_mgf1_md:sha1'), { own, at });
  t.equal(concluded(report), 'INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE');
  const { problem } = report.signatures[0]!.checks.find(({ outcome }) => outcome === 'failed')!;
  t.equal(problem?.code, 'signature/pss-unsupported');
});

/** Signed again, with one more signed attribute. */
async function withSignedAttribute(der: Uint8Array, key: SigningKey, more: Uint8Array): Promise<Uint8Array> {
  const { signer } = readSignedData(der);
  const before = readDer(signer.signedBytes).set().rest();
  const signed = setOf(...before.map(({ raw }) => raw), more);
  const changed = replaced(der, [implicit(0, signer.signedBytes), implicit(0, signed)]);
  return replaced(changed, [octetString(signer.signature), octetString(await key.sign(signed))]);
}

t.test('revocation data that Acrobat signs along settle it without asking', async (t) => {
  const { world } = files;
  const key = world.signer('P-256', 'Acrobat');
  const bare = await files.pades('B', key);
  t.equal(concluded((await files.validate(bare)).report), 'INDETERMINATE/TRY_LATER');
  const path = [key.certificate, key.chain[0]!].map(parseCertificate);
  const answers = await Promise.all(path.map((one) => world.answer(one, MADE)));
  const archival = attribute(Oid.revocationInfoArchival, sequence(contextValue(1, sequence(...answers))));
  const cms = await withSignedAttribute(cmsOf(bare), key, archival);
  const { report } = await files.validate(withCms(bare, bare, () => cms));
  t.equal(concluded(report), 'TOTAL-PASSED');
  t.equal(report.signatures[0]!.path[0]?.status?.from, 'carried');
  const odd = attribute(Oid.revocationInfoArchival, octetString(Buffer.from('x')));
  const unread = await withSignedAttribute(cmsOf(bare), key, odd);
  const told = await files.validate(withCms(bare, bare, () => unread));
  t.equal(concluded(told.report), 'INDETERMINATE/TRY_LATER', 'one that cannot be read tells nothing');
});
