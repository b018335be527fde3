/** Employees by a broker (MitID Erhverv) in the whole service: the company in the package, under a policy of its own. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import {
  IDENTITY_EMPLOYEE_PACKAGING_POLICY,
  IDENTITY_PACKAGING_POLICY,
  identityPolicies,
} from '@segl/identity/evidence/identity/policy';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { readLtvSdo, type ReadLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { systemClock } from '@segl/problem/clock';
import { oidcPersons } from '@segl/sandbox/methods/oidc/persons';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { openValidator } from '@segl/server/composition/validator';
import { until } from '../../../support/server/running.ts';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';

const [anna] = oidcPersons;
const { uuid, organisation } = anna!;

let sandboxUrl = '';
const service = await startTestService(t, async (offered, folder) => {
  sandboxUrl = offered['NEMID_CLIENT_URL'] ?? '';
  const written = JSON.parse(await readFile(offered['METHODS_FILE']!, 'utf8')) as { providers: object };
  const methods = join(folder, 'own-methods.json');
  const name = { eid: 'mitid-business', uses: ['authenticate', 'sign'], assurance: 'substantial' };
  const own = [
    { ...name, name: 'erhverv-neb', provider: 'neb' },
    { ...name, name: 'erhverv-idura', provider: 'idura' },
  ];
  await writeFile(methods, JSON.stringify({ providers: written.providers, methods: own }));
  return { ...offered, METHODS_FILE: methods };
});
const { application, backEnd, packaging } = service;
const validator = await openValidator(application.context.config, { clock: systemClock });
t.teardown(() => validator.close());

/** Two texts, and what the packages of both tell. */
async function signedBy(ways: string, documents = ['one', 'two']): Promise<Uint8Array[]> {
  const requestId = await orderOverSoap(
    service,
    documents.map((id) => textDocument(id, `This is ${id}.`)).join('') +
      `<task id="a">${documents.map((id) => `<document-action type="sign"><document-ref>${id}</document-ref></document-action>`).join('')}${ways}</task>`,
  );
  await signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'a'), user: 'anna', eid: 'oidc', sandboxUrl });
  const uris = await until('the packages', async () => {
    const { resultUris } = await backEnd.getStatus(requestId);
    return resultUris.length === documents.length && resultUris;
  });
  return Promise.all(uris.map((uri) => backEnd.download(uri)));
}

const signature = (name: string): string => `<signature><method>${name}</method></signature>`;
const authentication = (name: string): string => `<authentication><method>${name}</method></authentication>`;

let content: ReadLtvSdo | undefined;

for (const [name, subjectId] of [
  ['erhverv-neb', `urn:uuid:${uuid}`],
  ['erhverv-idura', uuid],
  ['mitid-business', undefined],
] as const)
  t.test(`${name}: the company and the employee's own id`, async (t) => {
    const { signers } = await application.context.eid.of('demo');
    for (const bytes of await signedBy(authentication(name) + signature(name))) {
      const read = readLtvSdo(bytes);
      content = read;
      const told = (wanted: string) => read.signer.attributes.find((one) => one.name === wanted)?.value;
      t.equal(read.packagingPolicy, IDENTITY_EMPLOYEE_PACKAGING_POLICY);
      t.equal(told('organisation-id'), organisation?.id);
      t.equal(told('organisation-name'), organisation?.name);
      t.equal(told('mitid-business-uuid'), read.signer.uniqueId);
      if (subjectId !== undefined) t.equal(read.signer.uniqueId, subjectId);
      t.notOk(read.signer.nationalId);
      const { subject } = readIdentityEvidence(read.native.bytes);
      t.match(subject, { id: { scheme: 'mitid-business-uuid' }, organisation });
      verifyPackage(bytes, { sealAnchors: packaging.seal.anchors, signers });
      t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
    }
  });

t.test('who logs on for a company and signs as a person is a person in the package', async (t) => {
  const [bytes] = await signedBy(authentication('erhverv-idura') + signature('mitid'), ['one']);
  const { packagingPolicy, signer } = readLtvSdo(bytes!);
  t.equal(packagingPolicy, IDENTITY_PACKAGING_POLICY);
  t.notOk(signer.attributes.some(({ name }) => name.startsWith('organisation')));
});

t.test('what a package of an employee must tell', async (t) => {
  const read = content!;
  const policy = identityPolicies.find(({ urn }) => urn === IDENTITY_EMPLOYEE_PACKAGING_POLICY)!;
  const gaps = (change: Partial<ReadLtvSdo>) =>
    policy.gaps({ ...read, ...change }).map(({ requirement }) => requirement);
  t.same(gaps({}), []);
  t.ok(gaps({ creationAuditTrail: [] }).includes('G2'), 'what each package must');
  const { signer, verificationAuditTrail: trail } = read;
  const withAttribute = (name: string, value: string | undefined) => ({
    signer: {
      ...signer,
      attributes: signer.attributes.flatMap((one) =>
        one.name === name ? (value === undefined ? [] : [{ ...one, value }]) : [one],
      ),
    },
  });
  t.same(gaps(withAttribute('organisation-id', undefined)), ['O2', 'O3']);
  t.same(gaps(withAttribute('organisation-id', '12345678')), ['O2', 'O3']);
  t.same(gaps(withAttribute('organisation-name', 'Another ApS')), ['O2', 'O3']);
  const events = trail.filter(({ type }) => type === 'organisation-identified');
  t.equal(events.length, 1);
  t.same(gaps({ verificationAuditTrail: trail.filter((one) => !events.includes(one)) }), ['O3']);
  t.same(gaps({ verificationAuditTrail: [...trail, ...events] }), ['O3'], 'twice');
  const nationalId = { id: '1405822042', nationality: 'DK', type: 'CPR' };
  t.same(gaps({ signer: { ...signer, nationalId } }), ['O5']);

  const { signers, signerAnchors } = await application.context.eid.of('demo');
  const verify = (urn: string, one: ReadLtvSdo) =>
    signers.registry.policy(urn)!.policy.verify({ ...one, packagingPolicy: urn }, signerAnchors);
  t.ok(verify(IDENTITY_EMPLOYEE_PACKAGING_POLICY, read));
  t.throws(
    () =>
      verify(IDENTITY_EMPLOYEE_PACKAGING_POLICY, {
        ...read,
        ...withAttribute('organisation-id', '12345678'),
      }),
    { code: 'EVIDENCE_INVALID', params: { why: { code: 'packaging/organisation-untold' } } },
    'another company than the evidence tells',
  );
  const [bytes] = await signedBy(signature('mitid'), ['one']);
  t.throws(() => verify(IDENTITY_EMPLOYEE_PACKAGING_POLICY, readLtvSdo(bytes!)), {
    code: 'EVIDENCE_INVALID',
    params: { why: { code: 'packaging/organisation-untold' } },
  });
});
