/** xades:CertificateValues and xades:RevocationValues (ETSI EN 319 132-1 clause 5.4, XAdES 1.3.2 elements). */
import { XADES } from '../xml/algorithms.ts';
import { base64Element, element } from '../xml/canonical-text.ts';
import { base64Of, findChild, isElement, type XmlElement } from '../xml/document.ts';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { adesProblems } from '../problems.ts';

/** CertificateValues in canonical form; nothing when there are no certificates. `xades` must be in scope. */
export function certificateValues(certificates: readonly Uint8Array[]): string {
  if (certificates.length === 0) return '';
  return element('xades:CertificateValues', {}, ...encapsulate('X509Certificate', certificates));
}

/** RevocationValues in canonical form; nothing when there is nothing to tell. */
export function revocationValues({ crls, ocsps }: Pick<ValidationData, 'crls' | 'ocsps'>): string {
  if (crls.length === 0 && ocsps.length === 0) return '';
  return element(
    'xades:RevocationValues',
    {},
    crls.length === 0 ? '' : element('xades:CRLValues', {}, ...encapsulate('CRLValue', crls)),
    ocsps.length === 0 ? '' : element('xades:OCSPValues', {}, ...encapsulate('OCSPValue', ocsps)),
  );
}

const encapsulate = (name: string, values: readonly Uint8Array[]): string[] =>
  values.map((value) => base64Element(`xades:Encapsulated${name}`, value));

/** Reads the CertificateValues and RevocationValues among the children of `parent`. Throws XML_INVALID. */
export function readValidationData(parent: XmlElement): ValidationData {
  return read(findChild(parent, XADES, 'CertificateValues'), findChild(parent, XADES, 'RevocationValues'));
}

/** Reads one CertificateValues or RevocationValues. Throws XML_INVALID. */
export const readValues = (values: XmlElement): ValidationData =>
  isElement(values, XADES, 'CertificateValues') ? read(values, undefined) : read(undefined, values);

function read(certificates: XmlElement | undefined, revocation: XmlElement | undefined): ValidationData {
  const crls = revocation && findChild(revocation, XADES, 'CRLValues');
  const ocsps = revocation && findChild(revocation, XADES, 'OCSPValues');
  return {
    certificates: readEncapsulated(certificates, 'EncapsulatedX509Certificate'),
    crls: readEncapsulated(crls, 'EncapsulatedCRLValue'),
    ocsps: readEncapsulated(ocsps, 'EncapsulatedOCSPValue'),
  };
}

function readEncapsulated(parent: XmlElement | undefined, name: string): Uint8Array[] {
  if (!parent) return [];
  return parent.elements.map((child) => {
    if (!isElement(child, XADES, name)) {
      throw adesProblems.error('XML_INVALID', {
        why: adesProblems.of('xml/element-unexpected', { parent: parent.name, name: child.name }),
      });
    }
    return base64Of(child, name);
  });
}
