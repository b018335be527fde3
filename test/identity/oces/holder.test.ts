/** Signatures by OCES3 certificates in standard formats: whose they are, as validation reports tell it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { addSignature } from '@segl/ades/pades/sign';
import { raise } from '@segl/ades/xades/levels';
import { signXades } from '@segl/ades/xades/sign';
import type { AskStatus } from '@segl/ades/validation/status';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { builtIn } from '@segl/identity/methods/index';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { readOces3Holder } from '@segl/identity/oces/holder';
import { createSigningKey } from '@segl/pki/keys/keys';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  keyUsage,
} from '@segl/sandbox/pki/extensions';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { SMALL, writePdf } from '../../support/pdf/pdf.ts';
import { issue, OCSP_URL, TEST_TIME } from '../../support/signatures/test-pki.ts';
import { vector } from '../../support/signatures/vectors.ts';

const PREFIX = '2.25.4711.1';
const UUID = 'b949e756-1593-475e-a4bf-0e4348442b6d';

const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
const root = issue([{ C: 'DK' }, { CN: 'Root' }], authority);
const status = authorityInfoAccess({ ocsp: [OCSP_URL] });
const ca = issue([{ C: 'DK' }, { CN: 'Issuing CA' }], [...authority, status], { issuer: root });
const stranger = issue([{ C: 'DK' }, { CN: 'Another root' }], authority);

type Usage = readonly ('digitalSignature' | 'nonRepudiation' | 'keyEncipherment')[];

interface Change {
  readonly serialNumber?: string;
  readonly company?: string;
  readonly policy?: string;
  readonly usage?: Usage;
}

const COMMITS: Usage = ['digitalSignature', 'nonRepudiation', 'keyEncipherment'];

function holder({
  serialNumber = `UI:DK-E:G:${UUID}`,
  company = 'NTRDK-12345678',
  policy = '2.7',
  usage = COMMITS,
}: Change) {
  const subject: RelativeName[] = [
    { CN: 'Luca Prøve' },
    { serialNumber },
    { O: 'Prøve & Søn ApS' },
    { organizationIdentifier: company },
    { C: 'DK' },
  ];
  const extensions = [keyUsage(...usage), status, certificatePolicies({ oid: `${PREFIX}.${policy}` })];
  return issue(subject, extensions, { issuer: ca });
}

const environment = ocesEnvironment('sandbox', {
  anchors: [root.certificate.der],
  policyPrefix: PREFIX,
});

const keyOf = ({ privateKey, certificate }: ReturnType<typeof holder>) =>
  createSigningKey({
    privateKey,
    certificate: certificate.der,
    chain: [ca.certificate.der, root.certificate.der],
  });

async function inXml(signer: ReturnType<typeof holder>): Promise<Uint8Array> {
  const data = { form: 'enveloping', bytes: Buffer.from('En aftale'), mimeType: 'text/plain' } as const;
  const parts = await signXades({ key: keyOf(signer), signingTime: TEST_TIME, data: [data] });
  return raise(parts, 'B', undefined as never);
}

async function inPdf(signer: ReturnType<typeof holder>): Promise<Uint8Array> {
  const file = IncrementalFile.of(writePdf(SMALL));
  await addSignature(file, {
    ...{ attachments: [], key: keyOf(signer), signerName: 'Luca Prøve', signingTime: TEST_TIME },
  });
  return Uint8Array.from(file.bytes);
}

const ask: AskStatus = async () => ({
  status: 'good',
  source: 'ocsp',
  url: OCSP_URL,
});

/** What the report of a file tells of the holder of its certificate. */
async function told(bytes: Uint8Array, anchors = environment) {
  const trust = { methods: { nemid: anchors }, seal: [], tsa: [] };
  const { report } = await validateEvidence({ bytes, modules: builtIn, trust, at: TEST_TIME, ask });
  const [signature] = report.signatures;
  const found = signature!.checks.filter(({ check }) => check === 'holder');
  return { signature: signature!, found };
}

t.test('an employee, and an organisation, in XML and PDF', async (t) => {
  const employee = { organization: 'Prøve & Søn ApS', cvr: '12345678', uuid: UUID };
  for (const make of [inXml, inPdf]) {
    const { signature, found } = await told(await make(holder({})));
    t.equal(signature.indication, 'TOTAL-PASSED');
    t.match(found, [{ outcome: 'passed', problem: { code: 'oces/is-employee', params: employee } }]);
    t.equal(found.length, 1);
    const organisation = holder({ serialNumber: `UI:DK-O:G:${UUID}`, policy: '3.7.1' });
    t.match((await told(await make(organisation))).found, [{ problem: { code: 'oces/is-organisation' } }]);
  }
  const ofCompany = holder({ serialNumber: `UI:DK-E:C:${UUID.toUpperCase()}`, policy: '2.7.1' });
  t.match((await told(await inXml(ofCompany))).found, [{ problem: { params: employee } }]);
});

t.test('a certificate that does not say one thing commits nobody', async (t) => {
  const cases: readonly (readonly [what: string, change: Change, code: string])[] = [
    ['the policy of organisations', { policy: '3.7' }, 'oces/policy'],
    ['a policy that only begins like it', { policy: '2.71' }, 'oces/policy'],
    ['no CVR number', { company: 'NTRSE-12345678' }, 'oces/subject-of-oces3'],
    ['no UUID', { serialNumber: 'UI:DK-E:G:4711' }, 'oces/subject-of-oces3'],
    [
      'a system',
      { serialNumber: `UI:DK-O:G:${UUID}`, policy: '3.7', usage: ['digitalSignature'] },
      'oces/not-committing',
    ],
    ['an employee who cannot commit', { usage: ['digitalSignature'] }, 'oces/not-committing'],
  ];
  for (const [what, change, code] of cases) {
    const { signature, found } = await told(await inXml(holder(change)));
    t.match(found, [{ outcome: 'failed', problem: { code } }], what);
    t.equal(signature.subIndication, 'CHAIN_CONSTRAINTS_FAILURE', what);
  }
});

t.test('nothing is told under anchors of others, or of other certificates', async (t) => {
  const other = ocesEnvironment('sandbox', {
    anchors: [stranger.certificate.der],
    policyPrefix: PREFIX,
  });
  const bytes = await inXml(holder({}));
  t.same((await told(bytes, other)).found, [], 'no path');
  const person = holder({ serialNumber: 'PID:1', company: 'x' });
  t.same((await told(await inXml(person))).found, [], 'not named in that way');
  const anchor = createHash('sha256').update(stranger.certificate.der).digest('hex');
  t.same(readOces3Holder(holder({}).certificate.der, anchor, environment), [], 'an anchor of something else');
});

t.test('real employees under the public hierarchies', (t) => {
  const folder = vector(t, 'oces3');
  if (folder === undefined) return t.end();
  const read = (name: string): Uint8Array =>
    certificatesFromPem(readFileSync(`${folder}/${name}`, 'utf8'))[0]!;
  const anchor = (world: string): string =>
    createHash('sha256')
      .update(read(`oces3-root-${world}.pem`))
      .digest('hex');
  const test = ocesEnvironment('test');
  const production = ocesEnvironment('production');
  const luca = read('leaf-test-luca_pacioli.pem');
  t.match(readOces3Holder(luca, anchor('test-cti'), test), [
    { outcome: 'passed', problem: { code: 'oces/is-employee', params: { cvr: '19552101', uuid: UUID } } },
  ]);
  const other = read('leaf-test-luca_pacioli_30808460.pem');
  t.match(readOces3Holder(other, anchor('test-cti'), test), [{ problem: { params: { cvr: '30808460' } } }]);
  t.same(readOces3Holder(luca, anchor('test-cti'), production), [], 'never in production');
  const system = read('leaf-system-prod-skat.pem');
  t.match(readOces3Holder(system, anchor('prod'), production), [
    { outcome: 'failed', problem: { code: 'oces/not-committing' } },
  ]);
  for (const [name, one] of Object.entries({ test, production })) {
    const anchors = builtIn.find(({ id }) => id === 'nemid')!.validation.anchors(one as never);
    const wanted = read(`oces3-root-${name === 'test' ? 'test-cti' : 'prod'}.pem`);
    t.ok(
      anchors.some((der) => Buffer.compare(der, wanted) === 0),
      `${name}: its root counts for signers`,
    );
  }
  t.end();
});
