import { readFileSync } from 'node:fs';
import { XmlDocument, XmlElement, XsdValidator } from 'libxml2-wasm';
import { projectFile } from '@segl/server/paths';

const WSDL_SCHEMA = '/wsdl:definitions/wsdl:types/xs:schema';
const namespaces = {
  wsdl: 'http://schemas.xmlsoap.org/wsdl/',
  xs: 'http://www.w3.org/2001/XMLSchema',
  soap11: 'http://schemas.xmlsoap.org/soap/envelope/',
  soap12: 'http://www.w3.org/2003/05/soap-envelope',
};

/** The schema inside a WSDL of ours as a document of its own, compiled by libxml2. */
export function schemaOf(wsdlFile: string): XsdValidator {
  const wsdl = XmlDocument.fromString(readFileSync(projectFile('wsdl', wsdlFile), 'utf8'));
  const schema = wsdl.get(WSDL_SCHEMA, namespaces) as XmlElement;
  const tns = schema.attr('targetNamespace')?.value ?? '';
  // the prefixes are declared further up in the WSDL
  const text = schema
    .toString()
    .replace(/^<xs:schema/, `<xs:schema xmlns:xs="${namespaces.xs}" xmlns:tns="${tns}"`);
  wsdl.dispose();
  return XsdValidator.fromDoc(XmlDocument.fromString(text));
}

/** What libxml2 finds wrong with the payload of an envelope; '' when it is valid. Faults have no schema here. */
export function replyErrors(validator: XsdValidator, envelope: string): string {
  const document = XmlDocument.fromString(envelope);
  try {
    const payload = document.get('/*/soap11:Body/* | /*/soap12:Body/*', namespaces);
    if (!(payload instanceof XmlElement)) return 'the Body is empty';
    const copy = XmlDocument.fromString(payload.toString());
    try {
      validator.validate(copy);
      return '';
    } finally {
      copy.dispose();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    document.dispose();
  }
}
