/** What is wrong with a time-stamp is told by its part, and decides what becomes of the signature. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { writeSignedData } from '@segl/pki/cms/cms-write';
import { signCades } from '@segl/ades/cades/sign';
import { generalizedTime, integer, octetString, oid, sequence } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { concluded, createFiles, MADE } from '../../support/signatures/validation.ts';

const files = createFiles();
const content = Buffer.from('Some data\n');

/** A token of somebody whose certificate is not for time-stamps. */
const stranger = (algorithm: string, imprint: Uint8Array): Promise<Uint8Array> => {
  const key = files.world.signer('P-256', 'No authority');
  const info = sequence(
    integer(1),
    oid('1.2.3'),
    sequence(sequence(oid(algorithm)), octetString(imprint)),
    integer(7),
    generalizedTime(MADE),
  );
  return writeSignedData({
    contentType: Oid.tstInfo,
    content: info,
    digest: createHash('sha256').update(info).digest(),
    key,
    certificates: [key.certificate, ...key.chain],
  });
};

t.test('structure, algorithm, imprint and certificate are told apart', async (t) => {
  const sha1 = createHash('sha1').update('x').digest();
  const cases: readonly [string, Timestamper, check: string, stamp: string, signature: string][] = [
    ['in order', files.world.services.timestamp, '', 'TOTAL-PASSED', 'TOTAL-PASSED'],
    [
      'no token',
      () => Promise.resolve(sequence(integer(1))),
      'format/structure',
      'TOTAL-FAILED/FORMAT_FAILURE',
      'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
    ],
    [
      'SHA-1',
      () => stranger(Oid.sha1, sha1),
      'constraints/algorithms',
      'INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
      'TOTAL-PASSED',
    ],
    [
      'other data',
      () => stranger(Oid.sha256, Buffer.alloc(32)),
      'cryptography/imprint',
      'TOTAL-FAILED/HASH_FAILURE',
      'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
    ],
    [
      'a certificate for something else',
      (digestBy) => stranger(Oid.sha256, digestBy('sha256')),
      'certificate/key-usage',
      'INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE',
      'TOTAL-PASSED',
    ],
  ];
  const key = files.world.signer('P-256', 'Signer');
  const digest = createHash('sha256').update(content).digest();
  for (const [name, timestamper, check, stamp, signature] of cases) {
    const cms = await signCades({ digest, key, timestamper });
    const { report } = await files.validate(cms, { content, online: true });
    const [judged] = report.signatures[0]!.timestamps;
    const wrong = judged!.checks.filter(({ outcome }) => outcome === 'failed');
    t.equal(wrong.map(({ block, check }) => `${block}/${check}`).join(), check, name);
    t.equal(concluded(judged!), stamp, name);
    t.equal(concluded(report), signature, name);
  }
});
