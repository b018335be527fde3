/** Identity evidence in packages: sealed, verified, validated; and what is told otherwise around it. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { textReport } from '@segl/ades/validation/reports/text-report';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { sha256Hex } from '@segl/identity/evidence/identity/commitment';
import { IDENTITY_EVIDENCE } from '@segl/identity/evidence/identity/content';
import { IDENTITY_PACKAGING_POLICY } from '@segl/identity/evidence/identity/policy';
import { methodTrust } from '@segl/identity/evidence/methods';
import { findPolicyGaps } from '@segl/identity/evidence/policies';
import { EvidenceRegistry, trustingAll } from '@segl/identity/evidence/registry';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { builtIn } from '@segl/identity/methods/index';
import { createSealer, sampleContent } from '../../../support/signatures/ltvsdo.ts';
import {
  evidenceOf,
  RECEIVED,
  told,
  tokenKey,
  type EvidenceOptions,
} from '../../../support/signatures/identity-evidence.ts';
import { concluded } from '../../../support/signatures/validation.ts';
import { TEST_TIME } from '../../../support/signatures/test-pki.ts';
import { every } from '../../../support/sweep.ts';

const { pki, seal } = await createSealer('EC-P256');
const anchors = [pki.root.certificate.der];

function contentOf(change: Partial<LtvSdoContent> = {}, options: EvidenceOptions = {}): LtvSdoContent {
  return sampleContent({
    signer: { displayName: told.displayName, uniqueId: told.uniqueId, attributes: [] },
    document: told.document,
    signature: {
      typeFriendlyName: 'Example',
      formatFriendlyName: 'Identity evidence',
      signingTime: RECEIVED,
    },
    packagingPolicy: IDENTITY_PACKAGING_POLICY,
    native: {
      format: IDENTITY_EVIDENCE.format,
      mimeType: IDENTITY_EVIDENCE.mimeType,
      version: IDENTITY_EVIDENCE.version,
      bytes: evidenceOf(options),
      signingTime: RECEIVED,
      validation: { certificates: [], ocsps: [], crls: [] },
    },
    ...change,
  });
}

const verify = (bytes: Uint8Array) =>
  verifyPackage(bytes, { sealAnchors: anchors, signers: trustingAll(builtIn, []) });

const validate = async (bytes: Uint8Array) =>
  (
    await validateEvidence({
      modules: builtIn,
      bytes,
      trust: { methods: await methodTrust(builtIn, {}), seal: anchors, tsa: [] },
      at: new Date(TEST_TIME.getTime() + 60_000),
    })
  ).report;

t.test('it verifies and validates', async (t) => {
  const bytes = await seal(contentOf());
  t.same(verify(bytes).signerPath, []);
  const report = await validate(bytes);
  t.equal(
    concluded(report),
    'TOTAL-PASSED',
    JSON.stringify(
      report.signatures.map(({ checks }) => checks.filter(({ outcome }) => outcome === 'failed')),
    ),
  );
  t.match(report.signatures[1], { format: 'Identity evidence', name: told.displayName });
  const text = textReport(report, (problem) => problem.code);
  t.match(text, `Identity evidence\n  by ${told.displayName}, proven for`, 'it names the person');
  t.notMatch(text, 'by somebody unknown');
  t.match(
    report.signatures[1]?.checks.map(({ check }) => check),
    ['evidence', 'core', 'challenge'],
  );
});

t.test('a package that tells something else is refused', async (t) => {
  const other = contentOf();
  const cases: readonly (readonly [string, LtvSdoContent])[] = [
    ['INDETERMINATE/SIG_CONSTRAINTS_FAILURE', contentOf({ signer: { ...other.signer, displayName: 'Eve' } })],
    [
      'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
      contentOf({ signer: { ...other.signer, nationalId: { id: '1', nationality: 'DK', type: 'X' } } }),
    ],
    ['TOTAL-FAILED/HASH_FAILURE', contentOf({ document: { ...other.document, title: 'Another' } })],
    [
      'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
      contentOf({ native: { ...other.native, signingTime: new Date(RECEIVED.getTime() + 1) } }),
    ],
    [
      'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
      contentOf({
        native: {
          ...other.native,
          validation: { certificates: [pki.root.certificate.der], ocsps: [], crls: [] },
        },
      }),
    ],
    [
      'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
      contentOf({ native: { ...other.native, mimeType: 'application/json' } }),
    ],
    ['TOTAL-FAILED/SIG_CRYPTO_FAILURE', contentOf({}, { key: { ...tokenKey(), jwks: tokenKey().jwks } })],
    ['TOTAL-FAILED/FORMAT_FAILURE', contentOf({ native: { ...other.native, bytes: Buffer.from('{}') } })],
  ];
  for (const [conclusion, content] of cases) {
    const bytes = await seal(content);
    t.throws(() => verify(bytes), { code: 'EVIDENCE_INVALID' }, conclusion);
    t.equal(concluded(await validate(bytes)), conclusion);
  }
});

t.test('no byte of the evidence in a package can be changed', async (t) => {
  const content = contentOf();
  const bytes = Buffer.from(await seal(content));
  const encoded = Buffer.from(Buffer.from(content.native.bytes).toString('base64').slice(0, 400));
  const from = bytes.indexOf(encoded.subarray(0, 60));
  t.ok(from > 0, 'it is there');
  const length = Math.ceil((content.native.bytes.length * 4) / 3);
  for (let place = from; place < from + length; place += every(211)) {
    const changed = Buffer.from(bytes);
    changed[place] = changed[place] === 0x41 ? 0x42 : 0x41;
    if (changed.equals(bytes)) continue;
    const { indication } = await validate(changed);
    t.not(indication, 'TOTAL-PASSED', `byte ${place}`);
  }
});

t.test('the policy names what is missing', (t) => {
  const registry = new EvidenceRegistry(builtIn);
  const gaps = findPolicyGaps(contentOf(), registry).map(({ requirement }) => requirement);
  t.same(gaps, ['G2', 'E5', 'G3', 'B1', 'E7', 'E10']);
  t.equal(
    registry.policyFor({ format: IDENTITY_EVIDENCE.format, handwritten: true, trail: [] }).urn,
    IDENTITY_PACKAGING_POLICY,
  );
  t.end();
});

t.test('a log-on in a witnessed signature: of this person, with this number, bound to this word', (t) => {
  const { login } = new EvidenceRegistry(builtIn).login(
    'a name of the installation',
    evidenceOf({ binding: 'sha256:ab' }),
  )!;
  const kept = {
    message: evidenceOf({ binding: 'sha256:ab' }),
    receivedAt: RECEIVED,
    validation: { certificates: [], ocsps: [], crls: [] },
  };
  const { displayName, uniqueId } = told;
  const nationalId = { id: '0102030405', nationality: 'DK', type: 'NUMBER' };
  const about = { displayName, uniqueId, binding: 'sha256:ab' };
  t.same(login.verify(kept, about, []).path, []);
  t.same(login.verify(kept, { ...about, nationalId }, []).path, []);
  for (const other of [
    { nationalId: { ...nationalId, id: '1111111118' } },
    { displayName: 'Eve' },
    { uniqueId: 'another' },
    { binding: 'sha256:cd' },
  ])
    t.throws(() => login.verify(kept, { ...about, ...other }, []), { code: 'EVIDENCE_INVALID' });
  t.throws(() => login.verify({ ...kept, receivedAt: TEST_TIME }, about, []), { code: 'EVIDENCE_INVALID' });
  t.equal(new EvidenceRegistry(builtIn).login('a name', Buffer.from('{}')), undefined);
  t.end();
});

t.test('the policy never changes once it is published', (t) => {
  const { policy } = new EvidenceRegistry(builtIn).policy(IDENTITY_PACKAGING_POLICY)!;
  const text = readFileSync(policy.text);
  t.ok(text.includes(IDENTITY_PACKAGING_POLICY));
  t.equal(
    sha256Hex(text),
    'ea2f5942d12d03c52bee8f35ae5841db2e5872b53aafd8ebc5ca8494e8badf99',
    'a new text needs a new identifier',
  );
  t.end();
});
