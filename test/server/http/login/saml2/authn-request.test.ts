/** Requests of SAML 2.0: what is signed counts, and nothing that lies around it. */
import { createSign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import t from 'tap';
import { RSA_SHA1, RSA_SHA256 } from '@segl/ades/xml/algorithms';
import { C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import { signEnveloped } from '@segl/ades/xml/sign-enveloped';
import { LONGEST_REQUEST_ID, type ServiceProvider } from '@segl/server/domain/login/service-provider';
import {
  MAX_CONTEXTS,
  MAX_RELAY_STATE,
  MAX_REQUEST,
  readAuthnRequest,
  readPost,
  readRedirect,
} from '@segl/server/http/login/saml2/authn-request';
import { signXml } from '../../../../support/signatures/xml-signature.ts';
import { createTestPki } from '../../../../support/signatures/test-pki.ts';

const [pki, stranger] = [createTestPki('RSA'), createTestPki('RSA')];
const provider: ServiceProvider = {
  entityId: 'https://shop.example/sp',
  consumers: [],
  signsRequests: true,
  signing: [Buffer.from(pki.signerKey.certificate).toString('base64')],
};

const authnRequest = (
  signature = '',
  { id = '_r1', more = '', acs = 'https://shop.example/acs' } = {},
): string =>
  `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="2026-03-01T12:00:00Z" AssertionConsumerServiceURL="${acs}"><saml:Issuer>https://shop.example/sp</saml:Issuer>${signature}${more}</samlp:AuthnRequest>`;
const signed = (key = pki.signerKey, options = {}): Promise<string> =>
  signEnveloped((signature) => authnRequest(signature, options), { key, id: '_r1' });

const base64 = (xml: string): string => Buffer.from(xml).toString('base64');
const post = (xml: string, relayState?: string) =>
  readAuthnRequest(
    readPost({ SAMLRequest: base64(xml), ...(relayState !== undefined && { RelayState: relayState }) }),
    provider,
  );
const refused = (code?: string) => ({
  code: 'LOGIN_REQUEST_REFUSED',
  ...(code !== undefined && { params: { why: { code } } }),
});

t.test('a signed form is taken for what is signed', async (t) => {
  t.match(post(await signed(), 'there'), {
    ...{ id: '_r1', issuer: 'https://shop.example/sp', isSigned: true, relayState: 'there' },
    consumerUrl: 'https://shop.example/acs',
  });
  t.match(post(authnRequest()), { isSigned: false });
});

t.test('a signature that is wrong, of others, or about something else is refused', async (t) => {
  const good = await signed();
  const [signature = ''] = /<ds:Signature[^]*<\/ds:Signature>/.exec(good) ?? [];
  const evil = 'https://evil.example/acs';
  const wrong: Readonly<Record<string, string>> = {
    'another address': good.replace('https://shop.example/acs', evil),
    'the key of somebody else, with its certificate': await signed(stranger.signerKey),
    'the signed one inside another': authnRequest('', { id: '_r2', acs: evil, more: good }),
    'the signed one in an extension of another': authnRequest('', {
      ...{ id: '_r2', acs: evil },
      more: `<samlp:Extensions>${good}</samlp:Extensions>`,
    }),
    'its signature moved out, about the one inside': authnRequest(signature, {
      ...{ id: '_r2', acs: evil },
      more: `<samlp:Extensions>${good.replace(signature, '')}</samlp:Extensions>`,
    }),
    'the signed one inside the signature': authnRequest(
      signature.replace(
        '</ds:Signature>',
        `<ds:Object>${good.replace(signature, '')}</ds:Object></ds:Signature>`,
      ),
      { id: '_r2', acs: evil },
    ),
    'two of one Id': authnRequest(signature, {
      acs: evil,
      more: `<samlp:Extensions>${good.replace(signature, '')}</samlp:Extensions>`,
    }),
    'two signatures': good.replace(signature, signature + signature),
  };
  for (const [what, xml] of Object.entries(wrong)) t.throws(() => post(xml), refused(), what);
  // as if the service provider had signed in ways that it does not
  const beside = signXml({
    wrap: (text) =>
      authnRequest(text, {
        ...{ id: '_r2', acs: evil },
        more: `<samlp:Extensions>${authnRequest()}</samlp:Extensions>`,
      }),
    references: [{ uri: '#_r1', transforms: [C14N_EXCLUSIVE] }],
    privateKey: pki.signer.privateKey,
    certificates: [pki.signer.certificate.der],
    c14n: C14N_EXCLUSIVE,
  });
  t.throws(() => post(beside), refused('authn-request/signature'), 'about the one inside');
  const two = await signed(pki.signerKey, { more: `<samlp:Extensions>${signature}</samlp:Extensions>` });
  t.throws(() => post(two), refused('authn-request/signature'), 'another one inside what is signed');
  const misplaced = await signEnveloped(
    (text) => authnRequest('', { more: `<samlp:NameIDPolicy></samlp:NameIDPolicy>${text}` }),
    { key: pki.signerKey, id: '_r1' },
  );
  t.throws(() => post(misplaced), refused('authn-request/signature'), 'out of its place');
});

t.test('a redirect is signed beside the message', async (t) => {
  const sign = (query: string, hash = 'RSA-SHA256', key = pki.signer.privateKey): string =>
    `&Signature=${encodeURIComponent(createSign(hash).update(query).sign(key, 'base64'))}`;
  const deflated = (xml: string): string => encodeURIComponent(deflateRawSync(xml).toString('base64'));
  const query = (algorithm = RSA_SHA256, xml = authnRequest()): string =>
    `SAMLRequest=${deflated(xml)}&RelayState=there&SigAlg=${encodeURIComponent(algorithm)}`;
  const read = (text: string) => readAuthnRequest(readRedirect(`/sso?${text}`), provider);
  t.match(read(query() + sign(query())), { isSigned: true, relayState: 'there' });
  t.match(read(`SAMLRequest=${deflated(authnRequest())}`), { isSigned: false });
  t.throws(
    () => read(query().replace('there', 'elsewhere') + sign(query())),
    refused('authn-request/signature'),
  );
  t.throws(
    () => read(query() + sign(query(), 'RSA-SHA256', stranger.signer.privateKey)),
    refused('authn-request/signature'),
  );
  t.throws(
    () => read(query(RSA_SHA1) + sign(query(RSA_SHA1), 'RSA-SHA1')),
    refused('authn-request/signature'),
    'SHA-1',
  );
  t.throws(() => read(`${query()}${sign(query())}&SAMLRequest=x`), refused('login-link/repeated'));
  const inside = await signed();
  t.throws(
    () => read(`SAMLRequest=${deflated(inside)}`),
    refused('authn-request/signature'),
    'inside, as in a form',
  );
});

t.test('XML that is none, has a DTD, or is too large', async (t) => {
  const dtd = `<!DOCTYPE a [<!ENTITY x "y">]>${authnRequest()}`;
  for (const xml of [dtd, 'x', '<a/>', authnRequest().replace('2.0"', '1.1"'), ' '.repeat(MAX_REQUEST + 1)])
    t.throws(() => post(xml), refused(), xml.slice(0, 30));
  const bomb = deflateRawSync(' '.repeat(MAX_REQUEST + 1)).toString('base64');
  t.throws(
    () => readRedirect(`/sso?SAMLRequest=${encodeURIComponent(bomb)}`),
    refused('login-link/unreadable'),
  );
  t.throws(() => readRedirect('/sso'), refused('login-link/missing'));
  t.throws(() => readPost({ SAMLRequest: ['a', 'b'] }), refused('login-link/missing'));
  t.match(post(authnRequest(), 'x'.repeat(MAX_RELAY_STATE)), { isSigned: false });
  t.throws(() => post(authnRequest(), 'x'.repeat(MAX_RELAY_STATE + 1)), refused('login-link/unreadable'));
  const contexts = (count: number): string =>
    authnRequest('', {
      more: `<samlp:RequestedAuthnContext>${'<saml:AuthnContextClassRef>a</saml:AuthnContextClassRef>'.repeat(count)}</samlp:RequestedAuthnContext>`,
    });
  t.equal(post(contexts(MAX_CONTEXTS)).contexts.length, MAX_CONTEXTS);
  t.throws(() => post(contexts(MAX_CONTEXTS + 1)), refused('authn-request/other'));
  const named = (length: number): string => authnRequest('', { id: `_${'x'.repeat(length - 1)}` });
  t.equal(post(named(LONGEST_REQUEST_ID)).id.length, LONGEST_REQUEST_ID);
  t.throws(() => post(named(LONGEST_REQUEST_ID + 1)), refused('authn-request/other'));
  const split = authnRequest().replace(
    'https://shop.example/sp<',
    'https://shop.example/sp<!---->.evil.example<',
  );
  t.throws(() => post(split), refused(), 'a comment in a value');
  const subject = authnRequest('', { more: '<saml:Subject></saml:Subject>' });
  t.throws(() => post(subject), refused('authn-request/subject'));
});
