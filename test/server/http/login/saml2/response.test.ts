/** The Response of SAML 2.0, judged by xmlsec1, and what it says. */
import t from 'tap';
import type { LoginOutcome, LogOn, Saml2Reply } from '@segl/server/domain/login/model';
import { nameIdFormat } from '@segl/server/domain/login/service-provider';
import { writeSaml2Response } from '@segl/server/http/login/saml2/response';
import { createTestPki, TEST_TIME } from '../../../../support/signatures/test-pki.ts';
import { xmlsec1Of } from '../../../../support/signatures/xmlsec1.ts';

const pki = createTestPki('RSA');
const asserting = { key: pki.signerKey, publicUrl: 'https://sign.example', clock: { now: () => TEST_TIME } };
const reply: Saml2Reply = {
  ...{ protocol: 'saml2', entityId: 'https://shop.example/sp', consumer: 'https://shop.example/acs' },
  ...{ requestId: '_r1', nameId: 'unspecified', levels: [], scale: 'method' },
};
const logOn: LogOn = {
  ...{ method: 'mitid', family: 'mitid', assurance: 'substantial', at: '2026-03-01T11:59:59.980Z' },
  ...{ subjectId: 'uuid-1', displayName: 'Åse & Bø', givenName: 'Åse', surname: 'Bø', attributes: [] },
};
const written = (
  more: Partial<Saml2Reply> = {},
  outcome: LoginOutcome = { kind: 'authenticated', logOn },
): Promise<string> =>
  writeSaml2Response(outcome, { service: 'demo', reply: { ...reply, ...more } }, asserting);

t.test('xmlsec1 verifies the whole and the assertion by itself, and nothing that was changed', async (t) => {
  const ids = ['protocol:Response', 'assertion:Assertion'].map(
    (name) => ['ID', `urn:oasis:names:tc:SAML:2.0:${name}`] as const,
  );
  const verifies = await xmlsec1Of(t, pki.signerKey.certificate, ids);
  if (!verifies) return;
  const xml = await written();
  t.ok(await verifies(xml));
  t.notOk(await verifies(xml.replace('Destination="https://shop', 'Destination="https://evil')));
  const [assertion = ''] = /<saml:Assertion[^]*<\/saml:Assertion>/.exec(xml) ?? [];
  t.ok(await verifies(assertion));
  t.notOk(await verifies(assertion.replace('uuid-1', 'uuid-2')));
});

t.test('whom it is for, and for how long', async (t) => {
  const xml = await written();
  for (const part of [
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="https://shop.example/acs"',
    'InResponseTo="_r1"',
    '>https://sign.example/std/saml2/demo</saml:Issuer>',
    '<saml:SubjectConfirmationData InResponseTo="_r1" NotOnOrAfter="2026-03-01T12:00:30.000Z" Recipient="https://shop.example/acs">',
    '<saml:Conditions NotBefore="2026-03-01T12:00:00.000Z" NotOnOrAfter="2026-03-01T12:00:30.000Z">',
    '<saml:Audience>https://shop.example/sp</saml:Audience>',
    'AuthnInstant="2026-03-01T11:59:59.980Z"',
    '<saml:AuthnContextClassRef>urn:segl:login:mitid</saml:AuthnContextClassRef>',
    '<saml:Attribute Name="common-name" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue>Åse &amp; Bø<',
    '<saml:Attribute Name="national-identity" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue></saml:AttributeValue>',
  ])
    t.ok(xml.includes(part), part);
});

t.test('a persistent name is of one service provider, a transient one of one answer', async (t) => {
  const nameOf = async (more: Partial<Saml2Reply>): Promise<string> => {
    const [, format, name = ''] = /<saml:NameID Format="([^"]*)">([^<]*)</.exec(await written(more)) ?? [];
    t.equal(format, nameIdFormat(more.nameId ?? 'unspecified'));
    return name;
  };
  t.equal(await nameOf({}), 'uuid-1');
  const persistent = await nameOf({ nameId: 'persistent' });
  t.equal(await nameOf({ nameId: 'persistent' }), persistent);
  t.not(await nameOf({ nameId: 'persistent', entityId: 'https://other.example/sp' }), persistent);
  t.notMatch(persistent, 'uuid-1');
  t.not(await nameOf({ nameId: 'transient' }), await nameOf({ nameId: 'transient' }));
});

t.test('a log-on that turned out weaker is none, and who left has no assertion', async (t) => {
  const good = await written({ levels: ['substantial', 'high'], scale: 'nsis' });
  t.match(good, '>https://data.gov.dk/concept/core/nsis/loa/Substantial<');
  for (const [xml, status] of [
    [
      await written({ levels: ['high'] }),
      'Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"',
    ],
    [
      await written({}, { kind: 'cancelled' }),
      'Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"',
    ],
  ] as const) {
    t.ok(xml.includes(status), status);
    t.notMatch(xml, 'Assertion>');
  }
});
