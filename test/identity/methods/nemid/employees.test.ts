/** Employees (MOCES) in the whole service: ordered over SOAP, logged on, signed in either client, packaged, validated. */
import t from 'tap';
import { readCatalogue } from '@segl/identity/catalogue';
import { readLtvSdo, type ReadLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import {
  NEMID_EMPLOYEE_PACKAGING_POLICY,
  NEMID_PACKAGING_POLICY,
  policies,
} from '@segl/identity/methods/nemid/evidence/policy';
import { readBindings } from '@segl/identity/methods/nemid/binding';
import { readNameOptions } from '@segl/identity/methods/nemid/name-options';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { systemClock } from '@segl/problem/clock';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { openValidator } from '@segl/server/composition/validator';
import { Signer } from '../../../support/signatures/signer.ts';
import { SMALL, writePdf } from '../../../support/pdf/pdf.ts';
import { until } from '../../../support/server/running.ts';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';

const CVR = '12345678';
const COMPANY = 'Prøve & Søn ApS';

let sandboxUrl = '';
const service = await startTestService(t, async (offered) => {
  sandboxUrl = offered['NEMID_CLIENT_URL'] ?? '';
  return offered;
});
const { application, backEnd, packaging } = service;
const validator = await openValidator(application.context.config, { clock: systemClock });
t.teardown(() => validator.close());

interface Employee {
  readonly userId: string;
  readonly name: string;
  readonly cpr: string;
  readonly employment: { readonly rid: string };
}

const made = await fetch(`${sandboxUrl}/testtools/api/persons`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ alias: 'medarbejder', kind: 'moces', cvr: CVR, company: COMPANY }),
});
const employee = (await made.json()) as Employee;
const serialNumber = `CVR:${CVR}-RID:${employee.employment.rid}`;

const SIGN = '<document-action type="sign"><document-ref>doc</document-ref></document-action>';
const PADES =
  '<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a" document-id="doc"/></packaging-task>';
const pdf = `<document xsi:type="tns:provided-document" id="doc" mime-type="application/pdf"><data>${Buffer.from(writePdf(SMALL)).toString('base64')}</data><description>Fuldmagt</description></document>`;

async function ordered(ways: string, { number = '', document = textDocument('doc', 'Jeg lover det.') } = {}) {
  const subject = number && `<subject id="s"><national-id>${number}</national-id></subject>`;
  const requestId = await orderOverSoap(
    service,
    `${document}<task id="a">${subject}${SIGN}${ways}</task>${document === pdf ? PADES : ''}`,
  );
  return { requestId, taskUrl: backEnd.taskUrl(requestId, 'a'), sandboxUrl };
}

const authentication = (name: string): string => `<authentication><method>${name}</method></authentication>`;
const signature = (name: string): string => `<signature><method>${name}</method></signature>`;

const packageOf = async (requestId: string): Promise<Uint8Array> => {
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  return backEnd.download(uri);
};

/** What the page tells of a refusal. */
const stuckFor = (code: string) => ({
  code: 'PERSON_STUCK',
  params: { url: new RegExp(`notice=.*${code}`) },
});

let signed: ReadLtvSdo | undefined;

for (const [login, name] of [
  ['nemid-moces', 'nemid-moces-sign'],
  ['nemid-codefile', 'nemid-codefile-sign'],
] as const)
  t.test(`${login} and ${name}, from the order to the PDF`, async (t) => {
    const { requestId, ...visit } = await ordered(authentication(login) + signature(name), {
      document: pdf,
    });
    const { steps } = await signAsPerson({ ...visit, user: employee.userId });
    t.match(steps.join('; '), `logged in with NemID as ${employee.name}`);
    t.match(steps.join('; '), `signed document "doc" with NemID as ${employee.name}`);
    const bytes = await packageOf(requestId);
    const content = readLtvSdo(bytes);
    signed = content;
    const attribute = (wanted: string) => content.signer.attributes.find((one) => one.name === wanted);
    t.match(content, {
      packagingPolicy: NEMID_EMPLOYEE_PACKAGING_POLICY,
      signer: { displayName: employee.name, uniqueId: serialNumber, nationalId: undefined },
      signature: { formatFriendlyName: 'XML Signature' },
      creation: { type: 'nemid' },
    });
    t.match(attribute('rid'), { nameSpace: 'nemid', value: employee.employment.rid });
    t.match(attribute('organisation-id'), { value: CVR });
    t.match(attribute('organisation-name'), { value: COMPANY });
    const events = content.verificationAuditTrail.map(({ type }) => type);
    t.equal(events.filter((type) => type === 'employee-identified').length, 1);
    t.notMatch(events.join(), 'cpr');
    const message = readNativeMessage(content.native.bytes);
    t.match(message.leaf.subjectDn, serialNumber);
    t.same(
      readBindings(message).map(({ form }) => form),
      ['attachedpdf', 'digest-list'],
    );
    const { signers } = await application.context.eid.of('demo');
    verifyPackage(bytes, { sealAnchors: packaging.seal.anchors, signers });
    const { report } = await validator.validate({ bytes });
    t.match(report, { indication: 'TOTAL-PASSED', package: { signer: employee.name } });
    t.match(report.signatures[1], { format: 'NemID', indication: 'TOTAL-PASSED' });
    const pades = await until('the PDF', async () => (await backEnd.getPackagingResult(requestId)).resultUri);
    const sealed = await validator.validate({ bytes: await backEnd.download(pades) });
    t.match(sealed.report, { indication: 'TOTAL-PASSED', format: 'PDF' });
  });

t.test('the page says what there is to do: choose a file, or confirm with a code', async (t) => {
  for (const [name, said] of [
    ['nemid-codefile-sign', /Choose your key file below, and sign with its password/],
    ['nemid-moces-sign', /Log on with NemID below and confirm with a code/],
  ] as const) {
    const signer = new Signer();
    await signer.open((await ordered(signature(name))).taskUrl);
    await signer.read();
    t.match(signer.html, said, name);
  }
});

t.test('a log-on confirms a statement', async (t) => {
  const ways = `<authentication-based-signature><method>nemid-moces</method></authentication-based-signature>`;
  const { requestId, ...visit } = await ordered(ways);
  await signAsPerson({ ...visit, user: employee.userId });
  const bytes = await packageOf(requestId);
  const { native, signer } = readLtvSdo(bytes);
  t.equal(signer.uniqueId, serialNumber);
  t.match(verifyWsd(native.bytes).content.signer, { displayName: employee.name });
  t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
});

t.test('a number that the order names is compared by RID-CPR, and no other is had', async (t) => {
  const { requestId, ...visit } = await ordered(signature('nemid-moces-sign'), { number: employee.cpr });
  await signAsPerson({ ...visit, user: employee.userId });
  const content = readLtvSdo(await packageOf(requestId));
  t.match(content.signer.nationalId, { id: employee.cpr, type: 'CPR' });
  const [event] = content.verificationAuditTrail.filter(({ type }) => type === 'cpr-verified');
  t.match(event?.data.find(({ name }) => name === 'description')?.value, 'verified by the RID-CPR service');
  t.equal(content.packagingPolicy, NEMID_EMPLOYEE_PACKAGING_POLICY);

  const other = await ordered(signature('nemid-moces-sign'), { number: '2309761371' });
  await t.rejects(signAsPerson({ ...other, user: employee.userId }), stuckFor('SIGNER_MISMATCH'));
});

t.test('persons where employees are asked for, and the reverse', async (t) => {
  const cases: readonly (readonly [what: string, ways: string, user: string, code: string])[] = [
    ['a person signs', signature('nemid-moces-sign'), 'anna', 'NATIVE_SIGNATURE_REFUSED'],
    ['an employee signs', signature('nemid-sign'), employee.userId, 'NATIVE_SIGNATURE_REFUSED'],
    [
      'a person logs on',
      authentication('nemid-moces') + signature('nemid-moces-sign'),
      'anna',
      'LOGIN_REFUSED',
    ],
    [
      'an employee logs on',
      authentication('nemid') + signature('nemid-sign'),
      employee.userId,
      'LOGIN_REFUSED',
    ],
    ['a person with a key in a file', signature('nemid-codefile-sign'), 'anna', 'OCES002'],
  ];
  for (const [what, ways, user, code] of cases)
    await t.rejects(signAsPerson({ ...(await ordered(ways)), user }), stuckFor(code), what);
});

t.test('what a package of an employee must tell', (t) => {
  const content = signed!;
  const policy = policies.find(({ urn }) => urn === NEMID_EMPLOYEE_PACKAGING_POLICY)!;
  const gaps = (change: Partial<ReadLtvSdo>) =>
    policy.gaps({ ...content, ...change }).map(({ requirement }) => requirement);
  t.same(gaps({}), []);
  const { signer, verificationAuditTrail: trail } = content;
  const without = (name: string) => ({
    signer: { ...signer, attributes: signer.attributes.filter((one) => one.name !== name) },
  });
  t.same(gaps(without('organisation-id')), ['M4']);
  t.same(gaps(without('rid')), ['M4', 'M5']);
  t.same(gaps({ signer: { ...signer, uniqueId: `CVR:87654321-RID:${employee.employment.rid}` } }), ['M4']);
  const told = trail.filter(({ type }) => type === 'employee-identified');
  t.same(gaps({ verificationAuditTrail: trail.filter((event) => !told.includes(event)) }), ['M5']);
  t.same(gaps({ verificationAuditTrail: [...trail, ...told] }), ['M5'], 'twice');
  const [event] = told;
  const others = { ...event!, data: event!.data.map((one) => ({ ...one, value: '1' })) };
  t.same(
    gaps({ verificationAuditTrail: [...trail.filter((one) => one !== event), others] }),
    ['M5'],
    'another company',
  );
  const had = { ...event!, type: 'cpr-verified' };
  t.same(gaps({ verificationAuditTrail: [...trail, had] }), ['M6'], 'a number that is not there');
  const number = { id: employee.cpr, nationality: 'DK', type: 'CPR' };
  t.same(gaps({ signer: { ...signer, nationalId: number } }), ['M6'], 'a number that nobody told of');
  t.end();
});

t.test('each type is judged under its own policy alone', async (t) => {
  const { signers, signerAnchors } = await application.context.eid.of('demo');
  const verify = (urn: string, content: ReadLtvSdo) =>
    signers.registry.policy(urn)!.policy.verify({ ...content, packagingPolicy: urn }, signerAnchors);
  t.ok(verify(NEMID_EMPLOYEE_PACKAGING_POLICY, signed!));
  const wrong = (type: string) => ({
    code: 'EVIDENCE_INVALID',
    params: { why: { code: 'nemid/certificate-type', params: { type } } },
  });
  t.throws(() => verify(NEMID_PACKAGING_POLICY, signed!), wrong('MOCES'));
  const { requestId, ...visit } = await ordered(signature('nemid-sign'));
  await signAsPerson({ ...visit, user: 'anna' });
  const person = readLtvSdo(await packageOf(requestId));
  t.ok(verify(NEMID_PACKAGING_POLICY, person));
  t.throws(() => verify(NEMID_EMPLOYEE_PACKAGING_POLICY, person), wrong('POCES'));
});

t.test('the names are known, and off until METHODS_FILE names them', async (t) => {
  const names = ['nemid-moces-sign', 'nemid-moces', 'nemid-codefile-sign', 'nemid-codefile'];
  const { off, entries } = await readCatalogue(undefined);
  for (const name of names) {
    t.match(
      off.find((one) => one.name === name),
      { why: { code: 'method/switched-off' } },
    );
    const named = await readCatalogue(JSON.stringify([{ name }]));
    t.match(
      named.entries.find((one) => one.name === name),
      { module: 'nemid', options: { holders: 'employees' } },
    );
  }
  t.ok(entries.some(({ name }) => name === 'nemid-sign'));
  const wrong = [{ holders: 'companies' }, { client: 'codefile' }, { client: 'phone' }, { more: true }];
  const { methods } = await application.context.eid.of('demo');
  t.ok(methods.get('nemid-codefile-sign'));
  for (const options of wrong) {
    const entry = { ...methods.get('nemid-sign'), options };
    t.throws(() => readNameOptions(entry), { code: 'CONFIG_INVALID' }, JSON.stringify(options));
  }
});
