/** The policy that a signature names is told, and held against the document where that is known. */
import t from 'tap';
import { readPolicy, SEAL_SIGNATURE_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import { signXades } from '@segl/ades/xades/sign';
import { raise } from '@segl/ades/xades/levels';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import { textReport } from '@segl/ades/validation/reports/text-report';
import { concluded, createFiles } from '../../support/signatures/validation.ts';
import { tell } from '../../support/signatures/tell.ts';

const files = createFiles();
const { world, clock } = files;
const data = { form: 'enveloping', bytes: Buffer.from('x'), mimeType: 'text/plain' } as const;

const judged = async (id: string, hash: Uint8Array) => {
  const key = world.signer('P-256', 'Signer');
  const policy = { id, hash, uri: 'https://policies.test.invalid/p' };
  const parts = await signXades({ key, signingTime: clock.now(), data: [data], policy });
  const { report } = await files.validate(await raise(parts, 'LT', world.services));
  const [signature] = report.signatures;
  return {
    report,
    policy: signature!.policy,
    check: signature!.checks.find(({ check }) => check === 'policy'),
  };
};

t.test('a policy that is not known is told, and not judged', async (t) => {
  const { report, policy, check } = await judged('urn:oid:1.2.3', Buffer.alloc(32, 9));
  t.equal(concluded(report), 'TOTAL-PASSED');
  t.same(policy, {
    id: 'urn:oid:1.2.3',
    uri: 'https://policies.test.invalid/p',
    digestAlgorithm: 'sha256',
    digest: '09'.repeat(32),
    isKnown: false,
  });
  t.match(check, {
    outcome: 'warning',
    problem: { code: 'policy/unknown', params: { id: 'urn:oid:1.2.3' } },
  });
  t.match(
    textReport(report, tell),
    /under the policy urn:oid:1\.2\.3 \(https:\/\/policies\.test\.invalid\/p\)/,
  );
  t.match(
    writeEtsiReport(report, tell),
    /SignatureQualityInformation>urn:segl:validation:level:XAdES-BASELINE-LT</,
  );
  t.match(writeEtsiReport(report, tell), /<vr:SigPolicyId>urn:oid:1\.2\.3<\/vr:SigPolicyId>/);
});

t.test('a policy of ours is held against its document', async (t) => {
  const { sha256 } = readPolicy(SEAL_SIGNATURE_POLICY);
  const good = await judged(SEAL_SIGNATURE_POLICY, sha256);
  t.equal(concluded(good.report), 'TOTAL-PASSED');
  t.match(good.check, {
    outcome: 'passed',
    problem: { code: 'policy/known', params: { id: SEAL_SIGNATURE_POLICY } },
  });
  t.equal(good.policy?.isKnown, true);
  const other = await judged(SEAL_SIGNATURE_POLICY, Buffer.alloc(32, 9));
  t.equal(concluded(other.report), 'INDETERMINATE/POLICY_PROCESSING_ERROR');
});
