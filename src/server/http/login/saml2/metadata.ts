/** Metadata of SAML 2.0: that of service providers is read, that of an account as identity provider is written. */
import { base64Element, element, textElement } from '@segl/ades/xml/canonical-text';
import { DS } from '@segl/ades/xml/algorithms';
import { findAll, findChild, findChildren, isElement, parseXml, pureBase64Of } from '@segl/ades/xml/document';
import type { XmlElement } from '@segl/ades/xml/document';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { nameIdFormat, type Consumer, type ServiceProvider } from '../../../domain/login/service-provider.ts';
import { readTarget } from '../../../domain/login/targets.ts';
import { serverProblems } from '../../../problems.ts';
import { METADATA, POST, PROTOCOL, providerAddress, REDIRECT } from './words.ts';

/** Bytes. */
export const MAX_METADATA = 1 << 20;

const invalid = (why: Problem) => serverProblems.error('SP_METADATA_INVALID', { why });

/**
 * What the metadata of one service provider says. `options`: what is asked of it beyond. Its own signature is not looked at:
 * whoever registers it vouches for it. Throws SP_METADATA_INVALID.
 */
export function readSpMetadata(
  bytes: Uint8Array,
  options: { readonly signedRequests?: boolean; readonly encrypt?: boolean } = {},
): ServiceProvider {
  try {
    return read(bytes, options);
  } catch (error) {
    if (isSeglError(error, 'XML_INVALID', 'ASN1_INVALID')) throw invalid(reasonOf(error));
    throw error;
  }
}

function read(
  bytes: Uint8Array,
  {
    signedRequests = false,
    encrypt = false,
  }: { readonly signedRequests?: boolean; readonly encrypt?: boolean },
): ServiceProvider {
  const { root } = parseXml(bytes, { bytes: MAX_METADATA, depth: 30, tags: 10_000 });
  const entityId = isElement(root, METADATA, 'EntityDescriptor') ? root.attribute('entityID') : undefined;
  if (!entityId) throw invalid(serverProblems.of('sp-metadata/no-entity'));
  const role = findChild(root, METADATA, 'SPSSODescriptor');
  if (!role) throw invalid(serverProblems.of('sp-metadata/no-role'));
  const consumers = findChildren(role, METADATA, 'AssertionConsumerService')
    .filter((one) => one.attribute('Binding') === POST)
    .map(consumerOf);
  if (consumers.length === 0) throw invalid(serverProblems.of('sp-metadata/no-consumer'));
  const signing = certificatesFor(role, 'signing');
  const signsRequests = signedRequests || isTrue(role.attribute('AuthnRequestsSigned'));
  if (signsRequests && signing.length === 0) throw invalid(serverProblems.of('sp-metadata/no-signing-key'));
  const encryption = certificatesFor(role, 'encryption').find(isRsa);
  if (encrypt && encryption === undefined) throw invalid(serverProblems.of('sp-metadata/no-encryption-key'));
  return {
    ...{ entityId, consumers, signsRequests, signing },
    ...(encrypt && encryption !== undefined && { encryption }),
  };
}

const isTrue = (text: string | undefined): boolean => text === 'true' || text === '1';

const isRsa = (certificate: string): boolean =>
  parseCertificate(Buffer.from(certificate, 'base64')).publicKey.asymmetricKeyType === 'rsa';

function consumerOf(one: XmlElement): Consumer {
  const location = one.attribute('Location') ?? '';
  const index = Number(one.attribute('index') ?? '0');
  if (!readTarget(location)) throw invalid(serverProblems.of('sp-metadata/location', { location }));
  if (!Number.isInteger(index)) throw invalid(serverProblems.of('sp-metadata/no-consumer'));
  return { index, location, isDefault: isTrue(one.attribute('isDefault')) };
}

/** Keys without a use serve for both (SAML Metadata section 2.4.1.1). */
const certificatesFor = (role: XmlElement, use: 'signing' | 'encryption'): string[] =>
  findChildren(role, METADATA, 'KeyDescriptor')
    .filter((one) => (one.attribute('use') ?? use) === use)
    .flatMap((one) => findAll(one, DS, 'X509Certificate'))
    .map((one) => {
      const der = pureBase64Of(one, 'X509Certificate');
      parseCertificate(der);
      return Buffer.from(der).toString('base64');
    });

/** Metadata of an account as identity provider. `certificates`: DER, that of the key first. */
export function writeIdpMetadata(
  publicUrl: string,
  service: string,
  certificates: readonly Uint8Array[],
): string {
  const entityId = providerAddress(publicUrl, service);
  return element(
    'md:EntityDescriptor',
    { 'xmlns:md': METADATA, 'xmlns:ds': DS, entityID: entityId },
    element(
      'md:IDPSSODescriptor',
      { WantAuthnRequestsSigned: 'false', protocolSupportEnumeration: PROTOCOL },
      ...certificates.map((der) =>
        element(
          'md:KeyDescriptor',
          { use: 'signing' },
          element('ds:KeyInfo', {}, element('ds:X509Data', {}, base64Element('ds:X509Certificate', der))),
        ),
      ),
      ...(['unspecified', 'persistent', 'transient'] as const).map((kind) =>
        textElement('md:NameIDFormat', nameIdFormat(kind)),
      ),
      ...[REDIRECT, POST].map((binding) =>
        element('md:SingleSignOnService', { Binding: binding, Location: `${entityId}/sso` }),
      ),
    ),
  );
}
