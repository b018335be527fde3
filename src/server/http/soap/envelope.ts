/** The SOAP envelope, version 1.1 (W3C Note, 8 May 2000) and 1.2 (W3C Recommendation, part 1): reading and writing. */
import { serverProblems } from '../../problems.ts';
import { decodeXml } from './encoding.ts';
import { soapProblems } from './problems.ts';
import { attribute, parseXml, type XmlElement } from './xml-tree.ts';

export type SoapVersion = '1.1' | '1.2';

export const envelopeNamespace: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

/** Media type of a reply. */
export const soapMediaType: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml;charset=UTF-8',
  '1.2': 'application/soap+xml;charset=UTF-8',
};

/** The version to answer in when the envelope itself could not be read. */
export const versionOfMediaType = (contentType: string | undefined): SoapVersion =>
  /^\s*application\/soap\+xml/i.test(contentType ?? '') ? '1.2' : '1.1';

const isVersion = (element: XmlElement, version: SoapVersion): boolean =>
  element.namespace === envelopeNamespace[version];

/** Roles that every receiver plays; a header without a role, or with one of these, is for us. */
const ourRoles: readonly (string | undefined)[] = [
  undefined,
  '',
  'http://schemas.xmlsoap.org/soap/actor/next',
  `${envelopeNamespace['1.2']}/role/next`,
  `${envelopeNamespace['1.2']}/role/ultimateReceiver`,
];

function refuseMandatoryHeaders(header: XmlElement, namespace: string): void {
  for (const entry of header.children) {
    const must = attribute(entry, 'mustUnderstand', namespace)?.trim();
    const role = attribute(entry, 'actor', namespace) ?? attribute(entry, 'role', namespace);
    if ((must === '1' || must === 'true') && ourRoles.includes(role?.trim())) {
      throw serverProblems.error('SOAP_MUST_UNDERSTAND', { header: entry.local.slice(0, 60) });
    }
  }
}

/**
 * Gives the version and the one element in the Body. Throws XML_MALFORMED, XML_REFUSED, SOAP_VERSION,
 * SOAP_MUST_UNDERSTAND or ENVELOPE_INVALID.
 */
export function readEnvelope(
  bytes: Uint8Array,
  contentType?: string,
): { version: SoapVersion; payload: XmlElement } {
  const root = parseXml(decodeXml(bytes, contentType));
  if (root.local !== 'Envelope') {
    throw serverProblems.error('ENVELOPE_INVALID', { why: soapProblems.of('soap/not-an-envelope') });
  }
  const version = isVersion(root, '1.1') ? '1.1' : isVersion(root, '1.2') ? '1.2' : undefined;
  if (!version) throw serverProblems.error('SOAP_VERSION');

  const parts = root.children.filter((child) => isVersion(child, version));
  const [header, ...otherHeaders] = parts.filter(({ local }) => local === 'Header');
  const [body, ...otherBodies] = parts.filter(({ local }) => local === 'Body');
  if (!body || otherBodies.length > 0 || otherHeaders.length > 0) {
    throw serverProblems.error('ENVELOPE_INVALID', { why: soapProblems.of('soap/not-one-body') });
  }
  if (header) refuseMandatoryHeaders(header, root.namespace);

  const [payload, ...others] = body.children;
  if (!payload) throw serverProblems.error('ENVELOPE_INVALID', { why: soapProblems.of('soap/body-empty') });
  if (others.length > 0) {
    throw serverProblems.error('ENVELOPE_INVALID', { why: soapProblems.of('soap/body-not-one-element') });
  }
  return { version, payload };
}

/** An envelope with `payload` (XML, may be '') in its Body. */
export function writeEnvelope(version: SoapVersion, payload: string): string {
  return `<soap:Envelope xmlns:soap="${envelopeNamespace[version]}"><soap:Body>${payload}</soap:Body></soap:Envelope>`;
}
