/** The Response of SAML 1.1, judged by xmlsec1 and by our own verification of XML signatures. */
import t from 'tap';
import { parseXml } from '@segl/ades/xml/document';
import type { LoginOutcome, LogOn } from '@segl/server/domain/login/model';
import { writeSaml1Response } from '@segl/server/http/login/saml1';
import { createTestPki, TEST_TIME } from '../../../support/signatures/test-pki.ts';
import { xmlsec1Of } from '../../../support/signatures/xmlsec1.ts';

const pki = createTestPki('RSA');
const target = 'https://shop.example/login?a=1&b=<"å">';
const asserting = { key: pki.signerKey, issuer: 'https://sign.example/std', clock: { now: () => TEST_TIME } };
const logOn: LogOn = {
  ...{ method: 'nbid', family: 'bankid-no', assurance: 'high', at: '2026-03-01T11:59:59.980Z' },
  ...{ subjectId: 'no-1', displayName: 'Åse & Bø', givenName: '', surname: '' },
  nationalId: { id: '14058200000', nationality: 'NO', type: 'FNR' },
  birthDate: '1982-05-14',
  authenticationMethod: 'urn:ksi:names:SAML:2.0:ac:BankID-NO',
  attributes: [{ namespace: 'bankid.va', name: 'fnr', value: '14058200000' }],
};
const authenticated: LoginOutcome = { kind: 'authenticated', logOn };

const written = (outcome: LoginOutcome = authenticated): Promise<string> =>
  writeSaml1Response(outcome, { service: 'demo', target }, asserting);

t.test('xmlsec1 verifies it, and nothing that was changed', async (t) => {
  const ids = [['ResponseID', 'urn:oasis:names:tc:SAML:1.0:protocol:Response']] as const;
  const verifies = await xmlsec1Of(t, pki.signerKey.certificate, ids);
  if (!verifies) return;
  const xml = await written();
  t.ok(await verifies(xml));
  t.ok(await verifies(await written({ kind: 'cancelled' })));
  for (const [what, from, to] of [
    ['the person', '14058200000', '14058200001'],
    ['the time', 'NotOnOrAfter="2026-03-01T12:00:30.000Z"', 'NotOnOrAfter="2036-03-01T12:00:30.000Z"'],
    ['the recipient', 'Recipient="https://shop.example', 'Recipient="https://evil.example'],
    ['the status', 'samlp:Success', 'samlp:Responder'],
  ] as const) {
    t.ok(xml.includes(from), what);
    t.notOk(await verifies(xml.replace(from, to)), what);
  }
});

t.test('it is what clients of the contract read', async (t) => {
  const xml = await written();
  const { root } = parseXml(Buffer.from(xml));
  t.same(
    root.elements.map(({ prefix, name }) => `${prefix}:${name}`),
    ['ds:Signature', ':Status', ':Assertion'],
  );
  t.equal(root.attribute('Recipient'), target, 'byte for byte');
  t.match(root.attribute('ResponseID'), /^_[0-9a-f]{32}$/);
  t.equal(root.attribute('IssueInstant'), '2026-03-01T12:00:00.000Z');
  t.match(xml, 'PrefixList="code ds kind rw saml samlp typens #default xsd xsi"');
  t.match(xml, '<StatusCode Value="samlp:Success"></StatusCode>');
  t.match(xml, 'NotBefore="2026-03-01T12:00:00.000Z" NotOnOrAfter="2026-03-01T12:00:30.000Z"');
  t.match(xml, 'AuthenticationInstant="2026-03-01T11:59:59.980Z"');
  t.match(xml, 'AuthenticationMethod="urn:ksi:names:SAML:2.0:ac:BankID-NO"');
  t.equal(xml.split('<NameIdentifier Format="urn:kantega:ksi:3.0:nameid-format:fnr">14058200000<').length, 3);
  const told = [
    ...xml.matchAll(/AttributeName="([^"]*)" AttributeNamespace="([^"]*)"><AttributeValue>([^<]*)</g),
  ].map(([, name, namespace, value]) => `${namespace}/${name}=${value}`);
  t.same(told, [
    'signicat/service-name=demo',
    'signicat/method-name=nbid',
    'signicat/plain-name=Åse &amp; Bø',
    'signicat/security-level=4',
    'signicat/unique-id=no-1',
    'signicat/national-id=14058200000',
    'signicat/date-of-birth=1982-05-14',
    'unique-id/bankid-no=no-1',
    'national-id/no.fnr=14058200000',
    'bankid.va/fnr=14058200000',
  ]);
  t.equal(xml.split('<ds:X509Certificate>').length, 2, 'one certificate');
});

t.test('a certificate names the person by its subject, and who has neither by the id', async (t) => {
  const { nationalId: _, ...bare } = logOn;
  const subject = await written({ kind: 'authenticated', logOn: { ...bare, subjectDn: 'CN=Åse, C=NO' } });
  t.match(subject, 'nameid-format:X509SubjectName">CN=Åse, C=NO<');
  t.match(await written({ kind: 'authenticated', logOn: bare }), 'nameid-format:unspecified">no-1<');
});

t.test('nobody logged on: a status, and no assertion', async (t) => {
  for (const [outcome, message] of [
    [{ kind: 'cancelled' }, 'urn:signicat:error:usercancel; The user cancelled'],
    [{ kind: 'failed', code: 'METHOD_OFF', method: 'nbid' }, 'urn:signicat:error:nbid:METHOD_OFF'],
    [{ kind: 'failed', code: 'METHOD_UNKNOWN' }, 'urn:signicat:error; METHOD_UNKNOWN'],
  ] as const) {
    const xml = await written(outcome);
    t.match(
      xml,
      `<StatusCode Value="samlp:Responder"></StatusCode><StatusMessage>${message}</StatusMessage>`,
    );
    t.notMatch(xml, 'Assertion>');
  }
});
