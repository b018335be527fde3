/** Metadata of service providers, and ours. */
import t from 'tap';
import { MAX_METADATA, readSpMetadata, writeIdpMetadata } from '@segl/server/http/login/saml2/metadata';
import { createTestPki } from '../../../../support/signatures/test-pki.ts';

const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
const [rsa, ec] = [createTestPki('RSA'), createTestPki('EC-P256')];
const keyOf = (der: Uint8Array, use = ''): string =>
  `<md:KeyDescriptor${use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64(der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
const consumer = (location: string, more = ''): string =>
  `<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${location}"${more}/>`;
const metadata = (content: string, attributes = ''): Uint8Array =>
  Buffer.from(
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://shop.example/sp"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"${attributes}>${content}</md:SPSSODescriptor></md:EntityDescriptor>`,
  );
const acs = consumer('https://shop.example/acs', ' index="1" isDefault="true"');

t.test('where answers go, and which keys count', async (t) => {
  const artifact = acs.replace('HTTP-POST', 'HTTP-Artifact').replace('/acs', '/artifact');
  t.strictSame(readSpMetadata(metadata(artifact + acs)), {
    entityId: 'https://shop.example/sp',
    consumers: [{ index: 1, location: 'https://shop.example/acs', isDefault: true }],
    ...{ signsRequests: false, signing: [] },
  });
  const [both, signing, other] = [rsa.signer, rsa.issuingCa, ec.signer].map(
    ({ certificate }) => certificate.der,
  );
  const keys = keyOf(both!) + keyOf(signing!, ' use="signing"') + keyOf(other!, ' use="encryption"');
  const read = readSpMetadata(metadata(keys + acs, ' AuthnRequestsSigned="true"'), { encrypt: true });
  t.ok(read.signsRequests);
  t.same(read.signing, [base64(both!), base64(signing!)]);
  t.equal(read.encryption, base64(both!), 'an EC key takes nothing');
  t.ok(readSpMetadata(metadata(keyOf(both!) + acs), { signedRequests: true }).signsRequests);
});

t.test('metadata that cannot be used', async (t) => {
  const wrong = (bytes: Uint8Array, code: string, options = {}) =>
    t.throws(() => readSpMetadata(bytes, options), {
      code: 'SP_METADATA_INVALID',
      params: { why: { code } },
    });
  wrong(Buffer.from('<a/>'), 'sp-metadata/no-entity');
  wrong(Buffer.from(metadata(acs).toString().replaceAll('SPSSO', 'IDPSSO')), 'sp-metadata/no-role');
  wrong(metadata(''), 'sp-metadata/no-consumer');
  wrong(metadata(consumer('https://shop.example/acs', ' index="x"')), 'sp-metadata/no-consumer');
  for (const location of ['javascript:alert(1)', 'http://shop.example/acs', '/acs'])
    wrong(metadata(consumer(location)), 'sp-metadata/location');
  wrong(metadata(acs, ' AuthnRequestsSigned="true"'), 'sp-metadata/no-signing-key');
  wrong(metadata(acs), 'sp-metadata/no-signing-key', { signedRequests: true });
  wrong(metadata(keyOf(ec.signer.certificate.der) + acs), 'sp-metadata/no-encryption-key', { encrypt: true });
  wrong(Buffer.from(`<!DOCTYPE a>${metadata(acs).toString()}`), 'xml/dtd');
  wrong(Buffer.concat([metadata(acs), Buffer.alloc(MAX_METADATA, ' ')]), 'xml/too-large');
});

t.test('ours has every certificate that service providers are to know', async (t) => {
  const certificates = [rsa.signer, rsa.issuingCa].map(({ certificate }) => certificate.der);
  const xml = writeIdpMetadata('https://sign.example', 'demo & co', certificates);
  t.match(xml, 'entityID="https://sign.example/std/saml2/demo%20%26%20co"');
  t.match(xml, 'Location="https://sign.example/std/saml2/demo%20%26%20co/sso"');
  t.same(
    [...xml.matchAll(/X509Certificate>([^<]+)</g)].map(([, found]) => found),
    certificates.map(base64),
  );
});
