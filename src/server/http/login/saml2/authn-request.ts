/**
 * A request of SAML 2.0 as a browser brings it, by redirect or by a form. It is read from the very tree whose canonical form
 * was verified; keys come from the metadata of the service provider and from nowhere else.
 */
import { verify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { DS, signatureAlgorithms } from '@segl/ades/xml/algorithms';
import { parseDateTime } from '@segl/ades/xml/date-time';
import {
  findAll,
  findChild,
  findChildren,
  getChild,
  isElement,
  parseXml,
  pureTextOf,
} from '@segl/ades/xml/document';
import type { XmlElement } from '@segl/ades/xml/document';
import { verifyXmlSignature } from '@segl/ades/xml/xmldsig';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import {
  LONGEST_REQUEST_ID,
  type AuthnRequest,
  type ServiceProvider,
} from '../../../domain/login/service-provider.ts';
import { serverProblems } from '../../../problems.ts';
import { ASSERTION, PROTOCOL } from './words.ts';

/** Bytes of a request, inflated. */
export const MAX_REQUEST = 64 << 10;

/** Bytes. The standard has 80 (SAML Bindings section 3.4.3); service providers put whole addresses there. */
export const MAX_RELAY_STATE = 1024;

/** Contexts that one request names. */
export const MAX_CONTEXTS = 20;

/** What came, before anybody vouches for it. */
export interface ReceivedRequest {
  readonly root: XmlElement;
  readonly issuer: string;
  readonly relayState?: string;
  /** Of the redirect: the octets that its signature is over. */
  readonly detached?: { readonly octets: string; readonly algorithm: string; readonly signature: Uint8Array };
  readonly binding: 'redirect' | 'post';
}

const refused = (why: Problem, cause?: unknown) =>
  serverProblems.error('LOGIN_REQUEST_REFUSED', { why }, { cause });
const unreadable = (name: string) => refused(serverProblems.of('login-link/unreadable', { name }));

/** By redirect (SAML Bindings section 3.4): deflated, and signed beside the message. Throws LOGIN_REQUEST_REFUSED. */
export function readRedirect(url: string): ReceivedRequest {
  const raw = new Map<string, string>();
  for (const parameter of (/\?([^#]*)/.exec(url)?.[1] ?? '').split('&')) {
    const [name = '', ...rest] = parameter.split('=');
    if (!['SAMLRequest', 'RelayState', 'SigAlg', 'Signature'].includes(name)) continue;
    if (raw.has(name)) throw refused(serverProblems.of('login-link/repeated', { name }));
    raw.set(name, rest.join('='));
  }
  const value = (name: string): string | undefined => {
    const text = raw.get(name);
    if (text === undefined) return undefined;
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw unreadable(name);
    }
  };
  const octets = ['SAMLRequest', 'RelayState', 'SigAlg']
    .filter((name) => raw.has(name))
    .map((name) => `${name}=${raw.get(name)!}`)
    .join('&');
  const signature = value('Signature');
  const detached = signature !== undefined && {
    ...{ octets, algorithm: value('SigAlg') ?? '', signature: Buffer.from(signature, 'base64') },
  };
  return {
    ...received(inflated(value('SAMLRequest')), value('RelayState')),
    ...(detached && { detached }),
    binding: 'redirect',
  };
}

function inflated(text: string | undefined): Uint8Array {
  if (text === undefined) throw refused(serverProblems.of('login-link/missing', { name: 'SAMLRequest' }));
  try {
    return inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_REQUEST });
  } catch {
    throw unreadable('SAMLRequest');
  }
}

/** By a form (SAML Bindings section 3.5): signed inside, if at all. Throws LOGIN_REQUEST_REFUSED. */
export function readPost(body: unknown): ReceivedRequest {
  const { SAMLRequest: request, RelayState: relayState } = (body ?? {}) as Record<string, unknown>;
  if (typeof request !== 'string')
    throw refused(serverProblems.of('login-link/missing', { name: 'SAMLRequest' }));
  if (relayState !== undefined && typeof relayState !== 'string')
    throw refused(serverProblems.of('login-link/repeated', { name: 'RelayState' }));
  return { ...received(Buffer.from(request, 'base64'), relayState), binding: 'post' };
}

function received(
  bytes: Uint8Array,
  relayState: string | undefined,
): Pick<ReceivedRequest, 'root' | 'issuer' | 'relayState'> {
  if (relayState !== undefined && Buffer.byteLength(relayState) > MAX_RELAY_STATE)
    throw unreadable('RelayState');
  return asRequest(() => {
    const { root } = parseXml(bytes, { bytes: MAX_REQUEST, depth: 30, tags: 1000 });
    if (!isElement(root, PROTOCOL, 'AuthnRequest') || root.attribute('Version') !== '2.0')
      throw refused(serverProblems.of('authn-request/other'));
    const issuer = pureTextOf(getChild(root, ASSERTION, 'Issuer')).trim();
    return { root, issuer, ...(relayState !== undefined && relayState !== '' && { relayState }) };
  });
}

/** What is wrong with the XML is told as what is wrong with the request. */
function asRequest<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isSeglError(error, 'XML_INVALID', 'XMLDSIG_INVALID')) throw refused(reasonOf(error), error);
    throw error;
  }
}

/**
 * The request, with its signature verified where it has one: a wrong one is refused whether the service provider has to sign
 * or not. Throws LOGIN_REQUEST_REFUSED.
 */
export const readAuthnRequest = (request: ReceivedRequest, provider: ServiceProvider): AuthnRequest =>
  asRequest(() => ({ ...contentOf(request), isSigned: isSigned(request, provider) }));

function isSigned({ root, binding, detached }: ReceivedRequest, { signing }: ServiceProvider): boolean {
  const signatures = findAll(root, DS, 'Signature');
  if (signatures.length === 0 && !detached) return false;
  const wrong = () => refused(serverProblems.of('authn-request/signature'));
  const certificates = signing.map((one) => Buffer.from(one, 'base64'));
  if (binding === 'redirect') {
    if (!detached || signatures.length > 0) throw wrong();
    const known = signatureAlgorithms.get(detached.algorithm);
    if (known?.keyType !== 'rsa' || known.pss || known.hash === 'sha1') throw wrong();
    const octets = Buffer.from(detached.octets);
    const fits = certificates
      .map((der) => parseCertificate(der).publicKey)
      .some((key) => key.asymmetricKeyType === 'rsa' && verify(known.hash, octets, key, detached.signature));
    if (!fits) throw wrong();
    return true;
  }
  const [signature, another] = signatures;
  // the place that the schema gives it, so that nothing signed lies around elsewhere
  if (!signature || another || signature.parent !== root || root.elements[1] !== signature) throw wrong();
  const verifies = certificates.some((der) => {
    try {
      const { digested, references } = verifyXmlSignature(signature, { pickCertificate: () => der });
      return digested.length === 1 && references[0]?.element === root;
    } catch (error) {
      if (isSeglError(error, 'XMLDSIG_INVALID')) return false;
      throw error;
    }
  });
  if (!verifies) throw wrong();
  return true;
}

function contentOf({ root, issuer, relayState }: ReceivedRequest): Omit<AuthnRequest, 'isSigned'> {
  const id = root.attribute('ID') ?? '';
  const issuedAt = parseDateTime(root.attribute('IssueInstant') ?? '', 'IssueInstant');
  const isGoodId = /^[A-Za-z_][\w.-]*$/.test(id) && id.length <= LONGEST_REQUEST_ID;
  if (!isGoodId) throw refused(serverProblems.of('authn-request/other'));
  // whom to ask for is not for service providers to say
  if (findChild(root, ASSERTION, 'Subject')) throw refused(serverProblems.of('authn-request/subject'));
  const context = findChild(root, PROTOCOL, 'RequestedAuthnContext');
  const contexts = context ? findChildren(context, ASSERTION, 'AuthnContextClassRef') : [];
  const isOther = context !== undefined && contexts.length !== context.elements.length;
  if (isOther || contexts.length > MAX_CONTEXTS) throw refused(serverProblems.of('authn-request/other'));
  const format = findChild(root, PROTOCOL, 'NameIDPolicy')?.attribute('Format');
  const index = root.attribute('AssertionConsumerServiceIndex');
  const [destination, consumerUrl, binding] = [
    root.attribute('Destination'),
    root.attribute('AssertionConsumerServiceURL'),
    root.attribute('ProtocolBinding'),
  ];
  return {
    ...{ id, issuer, issuedAt },
    ...(destination !== undefined && { destination }),
    ...(consumerUrl !== undefined && { consumerUrl }),
    ...(index !== undefined && { consumerIndex: Number(index) }),
    ...(binding !== undefined && { binding }),
    isPassive: ['true', '1'].includes(root.attribute('IsPassive') ?? ''),
    ...(format !== undefined && { nameIdFormat: format }),
    contexts: contexts.map((one) => pureTextOf(one).trim()),
    comparison: context?.attribute('Comparison') ?? 'exact',
    ...(relayState !== undefined && { relayState }),
  };
}
